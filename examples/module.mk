# To build a worker module of your own: make -f module.mk NAME.so makes it of module-NAME.c, with the headers that
# 'make install' put where pkg-config finds them.
CFLAGS ?= -O2 -g -Wall -Wextra

%.so: module-%.c
	$(CC) -std=gnu17 $(CFLAGS) $$(pkg-config --cflags dateline-module) -fPIC -shared -o $@ $<
