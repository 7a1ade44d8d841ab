/* Writes the model file (modules/read/layout.h). */
#pragma once

#include "train/data.h"
#include "train/learn.h"
#include "train/rules.h"
#include "train/splits.h"

struct export_parts {
        const char *name;                       /* for people */
        const struct data_vocabulary *vocabulary;
        const struct learn *learn;              /* NULL: no network */
        const struct rules *rules;
        const struct splits *splits;
};

/* Prints what is wrong; 0, or 1 where the network has a shape the reader does not take, or -errno. */
int export_write(const char *path, const struct export_parts *parts);
