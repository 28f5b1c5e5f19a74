"""Being watched: request ids, logs, metrics, traces and error reports, all without secrets."""
