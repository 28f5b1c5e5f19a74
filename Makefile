# Only calls the scripts, which work where there is no make. Options: make run ARGS=--no-serve
.PHONY: install run test

install:
	scripts/install $(ARGS)

run:
	scripts/run $(ARGS)

test:
	scripts/test $(ARGS)
