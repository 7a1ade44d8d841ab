/*
 * Tables that fit a terminal: columns take what their cells need; where that is too wide, the flexible ones give way,
 * the widest first, and what does not fit is cut with an ellipsis. Widths stay from the first print on, so that rows
 * that come later stand under the same heads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

enum {
        TABLE_COLUMNS_MAX = 12,
};

enum table_style {
        TABLE_PLAIN,
        TABLE_BOLD,
        TABLE_DIM,
        TABLE_RED,
        TABLE_GREEN,
        TABLE_YELLOW,
        TABLE_CYAN,
};

struct table_column {
        const char *title;
        size_t min;                     /* columns that it keeps when it gives way, in proportion to the others'; 0: it
                                           does not give way */
        bool right;
};

struct table_cell {
        char *text;                     /* harmless */
        enum table_style style;
};

struct table {
        const struct table_column *columns;
        size_t n_columns;
        size_t width;                   /* of the terminal; 0: no bound */
        bool colors;
        /* Of each column, where what comes later may be wider than what is printed first; or NULL. */
        const size_t *least;
        struct table_cell *cells;       /* rows one after the other */
        size_t n_cells, size_cells;
        size_t widths[TABLE_COLUMNS_MAX];
        bool laid_out;
};

void table_init(struct table *table, const struct table_column *columns, size_t n, size_t width, bool colors);
/* Append the next cell, row by row. The text is made harmless. */
void table_add(struct table *table, const char *text, enum table_style style);
/* The same with what stands in `text`, which is emptied. */
void table_add_buf(struct table *table, struct buf *text, enum table_style style);
void table_add_number(struct table *table, long long value, enum table_style style);
/* Print the rows that were added and forget them; the first time with the heads. */
void table_print(struct table *table, struct buf *out);
/* May be called twice. */
void table_deinit(struct table *table);

/* The escape sequence that begins a style ("" without colours), and the one that ends all. */
const char *table_style_begin(enum table_style style, bool colors);
const char *table_style_end(enum table_style style, bool colors);
