/*
 * The recurrent layers: LSTM with the input gate 1 - f (Greff et al. 2017), gates in the order f, o, g. States are
 * rounded to steps of 1/63, as the reader keeps them.
 */
#include "train/pass.h"

#include <string.h>

static void gather(float *out, const float *in, const uint32_t *rows, size_t n, size_t width, size_t stride)
{
        size_t i;

        for (i = 0; i < n; i++)
                memcpy(out + i * width, in + rows[i] * stride, width * sizeof(float));
}

static void step(struct net *net, struct pass_side *s, size_t t)
{
        struct net_work *w = net->work;
        size_t h = net->dims.hidden, first = w->offset[t], n = w->count[t], b;

        if (t == 0) {
                memset(s->before, 0, n * h * sizeof(float));
                memset(s->c_before, 0, n * h * sizeof(float));
        } else {
                size_t last = w->offset[t - 1];

                memcpy(s->c_before + first * h, s->c + last * h, n * h * sizeof(float));
                if (w->train && net->options.drop_recurrent > 0)
                        net->ops->mask(s->before + first * h, s->h + last * h, s->mask, n * h);
                else
                        memcpy(s->before + first * h, s->h + last * h, n * h * sizeof(float));
                pass_multiply(net, s->value + first * 3 * h, 3 * h, s->before + first * h, h, 1, n, true);
        }
        for (b = first; b < first + n; b++)
                net->ops->gates(s->value + b * 3 * h, s->slope + b * 3 * h, s->c_before + b * h, s->c + b * h,
                                s->tanh_c + b * h, s->tanh_slope + b * h, s->h + b * h, h);
        pass_round(net, s->h + first * h, 63, n * h);
}

void lstm_forward(struct net *net, size_t l, size_t width)
{
        struct net_work *w = net->work;
        struct pass_layer *layer = &w->layer[l];
        const struct net_layer *at = &net->at.layer[l];
        size_t h = net->dims.hidden, side, t, i;

        for (side = 0; side < 2; side++) {
                struct pass_side *s = &layer->side[side];

                s->input = layer->in;
                if (side == 1) {
                        gather(s->gathered, layer->in, w->reverse, w->rows, width, width);
                        s->input = s->gathered;
                }
                if (w->train && net->options.drop_recurrent > 0) {
                        for (i = 0; i < w->n * h; i++)
                                s->mask[i] = 1;
                        pass_drop(net, s->mask, s->mask, w->n * h, net->options.drop_recurrent);
                }
                pass_take(net, net->rounded + at->input[side].at, 3 * h, width, 3 * h);
                pass_multiply(net, s->value, 3 * h, s->input, width, 1, w->rows, false);
                net->ops->add_rows(s->value, net->rounded + at->bias[side].at, w->rows, 3 * h);
                pass_take(net, net->rounded + at->recurrent[side].at, 3 * h, h, 3 * h);
                for (t = 0; t < w->steps; t++)
                        step(net, s, t);
                for (i = 0; i < w->rows; i++)
                        memcpy(layer->out + i * 2 * h + side * h, s->h + (side ? w->reverse[i] : i) * h,
                               h * sizeof(float));
        }
        pass_drop_columns(net, layer->out, layer->mask, 2 * h, net->options.drop_hidden);
}

/* From d_h, the gradient of the states, to d_pre, that of the gates. */
static void through_time(struct net *net, const struct net_layer *at, const struct pass_side *s, size_t side)
{
        struct net_work *w = net->work;
        size_t h = net->dims.hidden, t, b, i;

        matrix_transpose(w->one, net->rounded + at->recurrent[side].at, h, 3 * h);
        pass_take(net, w->one, h, 3 * h, h);
        memset(w->d_c, 0, w->n * h * sizeof(float));
        for (t = w->steps; t-- > 0;) {
                size_t first = w->offset[t], n = w->count[t];

                for (b = 0; b < n; b++) {
                        size_t r = first + b;

                        net->ops->gates_back(w->d_pre + r * 3 * h, w->d_h + r * h, w->d_c + b * h, s->value + r * 3 * h,
                                             s->slope + r * 3 * h, s->c_before + r * h, s->tanh_c + r * h,
                                             s->tanh_slope + r * h, h);
                }
                if (t == 0)
                        break;
                pass_multiply(net, w->d_state, h, w->d_pre + first * 3 * h, 3 * h, 1, n, false);
                if (net->options.drop_recurrent > 0)
                        net->ops->mask(w->d_state, w->d_state, s->mask, n * h);
                for (i = 0; i < n; i++)
                        net->ops->axpy(w->d_h + (w->offset[t - 1] + i) * h, 1, w->d_state + i * h, h);
        }
}

/* layer->d_out is the gradient of layer->out; that of the input is added to d_in. */
void lstm_backward(struct net *net, size_t l, size_t width, float *d_in)
{
        struct net_work *w = net->work;
        struct pass_layer *layer = &w->layer[l];
        const struct net_layer *at = &net->at.layer[l];
        size_t h = net->dims.hidden, side, i;

        pass_drop_back(net, layer->d_out, layer->mask, w->rows * 2 * h, net->options.drop_hidden);
        for (side = 0; side < 2; side++) {
                struct pass_side *s = &layer->side[side];

                for (i = 0; i < w->rows; i++)
                        memcpy(w->d_h + i * h, layer->d_out + (side ? w->reverse[i] : i) * 2 * h + side * h,
                               h * sizeof(float));
                through_time(net, at, s, side);
                pass_take(net, w->d_pre, 3 * h, w->rows, 3 * h);
                pass_multiply(net, net->gradient + at->recurrent[side].at, 3 * h, s->before, 1, h, h, true);
                pass_multiply(net, net->gradient + at->input[side].at, 3 * h, s->input, 1, width, width, true);
                pass_bias_back(net, &at->bias[side], w->d_pre);
                matrix_transpose(w->one, net->rounded + at->input[side].at, width, 3 * h);
                pass_take(net, w->one, width, 3 * h, width);
                pass_multiply(net, w->two, width, w->d_pre, 3 * h, 1, w->rows, false);
                for (i = 0; i < w->rows; i++)
                        net->ops->axpy(d_in + (side ? w->reverse[i] : i) * width, 1, w->two + i * width, width);
        }
}
