/* See table.h. */
#include "ctl/table.h"

#include <errno.h>
#include <string.h>

#include "ctl/text.h"

enum { GAP = 2 };               /* columns between two columns */

static const char ellipsis[] = "\xE2\x80\xA6";

void table_init(struct table *table, const struct table_column *columns, size_t n, size_t width, bool colors)
{
        *table = (struct table){ .columns = columns, .n_columns = n, .width = width, .colors = colors };
}

void table_add(struct table *table, const char *text, enum table_style style)
{
        struct buf clean = BUF_NULL;

        if (table->n_cells == table->size_cells) {
                size_t size = table->size_cells != 0 ? 2 * table->size_cells : 64;
                struct table_cell *cells = realloc(table->cells, size * sizeof(*cells));

                text_need(cells != NULL ? 0 : -ENOMEM);
                table->cells = cells;
                table->size_cells = size;
        }
        text_need(buf_reserve(&clean, 0));
        text_append(&clean, text, strlen(text), 0);
        table->cells[table->n_cells++] = (struct table_cell){ clean.data, style };
}

void table_add_buf(struct table *table, struct buf *text, enum table_style style)
{
        table_add(table, text->data != NULL ? text->data : "", style);
        buf_clear(text);
}

void table_add_number(struct table *table, long long value, enum table_style style)
{
        _cleanup_(buf_deinit) struct buf text = BUF_NULL;

        text_number(&text, value);
        table_add_buf(table, &text, style);
}

static void lay_out(struct table *table)
{
        size_t sum = 0;

        for (size_t i = 0; i < table->n_columns; i++)
                table->widths[i] = MAX_OF(text_width(table->columns[i].title, strlen(table->columns[i].title)),
                                          table->least != NULL ? table->least[i] : 0);
        for (size_t i = 0; i < table->n_cells; i++) {
                size_t *width = &table->widths[i % table->n_columns];

                *width = MAX_OF(*width, text_width(table->cells[i].text, strlen(table->cells[i].text)));
        }
        for (size_t i = 0; i < table->n_columns; i++)
                sum += table->widths[i] + (i > 0 ? GAP : 0);
        while (table->width != 0 && sum > table->width) {
                size_t widest = table->n_columns;

                for (size_t i = 0; i < table->n_columns; i++)
                        if (table->columns[i].min != 0 && table->widths[i] > table->columns[i].min &&
                            (widest == table->n_columns || table->widths[i] * table->columns[widest].min >
                                                                   table->widths[widest] * table->columns[i].min))
                                widest = i;
                if (widest == table->n_columns)
                        break;
                table->widths[widest]--;
                sum--;
        }
        table->laid_out = true;
}

const char *table_style_begin(enum table_style style, bool colors)
{
        static const char *const codes[] = {
                [TABLE_PLAIN] = "", [TABLE_BOLD] = "\x1b[1m", [TABLE_DIM] = "\x1b[2m", [TABLE_RED] = "\x1b[31m",
                [TABLE_GREEN] = "\x1b[32m", [TABLE_YELLOW] = "\x1b[33m", [TABLE_CYAN] = "\x1b[36m",
        };

        return colors ? codes[style] : "";
}

const char *table_style_end(enum table_style style, bool colors)
{
        return colors && style != TABLE_PLAIN ? "\x1b[0m" : "";
}

static void print_cell(const struct table *table, struct buf *out, size_t column, const char *text,
                       enum table_style style)
{
        size_t width = table->widths[column], n = strlen(text), used, pad, fit;
        bool last = column + 1 == table->n_columns, cut;

        /* Without a bound a cell that is wider than the ones before it stays whole. */
        fit = text_fit(text, n, table->width != 0 ? width : SIZE_MAX, &used);
        cut = fit < n;
        if (cut)
                fit = text_fit(text, n, width > 0 ? width - 1 : 0, &used);
        used += cut;
        pad = used < width ? width - used : 0;
        text_printf(out, "%*s%s%.*s%s%s%*s", table->columns[column].right ? (int)pad : 0, "",
                    table_style_begin(style, table->colors), (int)fit, text, cut ? ellipsis : "",
                    table_style_end(style, table->colors),
                    last ? 0 : (int)(GAP + (table->columns[column].right ? 0 : pad)), "");
}

static void end_row(struct buf *out)
{
        while (out->n > 0 && out->data[out->n - 1] == ' ')
                out->n--;
        text_printf(out, "\n");
}

void table_print(struct table *table, struct buf *out)
{
        if (!table->laid_out) {
                lay_out(table);
                for (size_t i = 0; i < table->n_columns; i++)
                        print_cell(table, out, i, table->columns[i].title, TABLE_BOLD);
                end_row(out);
        }
        for (size_t i = 0; i < table->n_cells; i++) {
                print_cell(table, out, i % table->n_columns, table->cells[i].text, table->cells[i].style);
                free(table->cells[i].text);
                if ((i + 1) % table->n_columns == 0)
                        end_row(out);
        }
        table->n_cells = 0;
}

void table_deinit(struct table *table)
{
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i].text);
        free(table->cells);
        table->cells = NULL;
        table->n_cells = table->size_cells = 0;
}
