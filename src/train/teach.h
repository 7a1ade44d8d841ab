/* Teachers: the checkpoints of trained networks, asked for their mean opinion. */
#pragma once

#include <stddef.h>

#include "train/data.h"
#include "train/score.h"

/* Leaves the teachers' mean probabilities in sentences[].teacher; labels are those for the heads that the sentences
 * have. Non-zero where a teacher cannot be had; what is wrong has been printed. */
int teach_ask(const char *const *teachers, size_t n_teachers, const struct data_vocabulary *v,
              struct net_sentence *sentences, size_t n);
/* How the teachers do together: the best tree over their mean probabilities. Changes sentences[].teacher. */
int teach_test(const char *const *teachers, size_t n_teachers, const struct data_vocabulary *v,
               struct net_sentence *sentences, size_t n, struct score_shares *out);
