"""Being watched: request ids, logs, metrics, traces and error reports, all without secrets."""


def start() -> None:
    """Begin to trace this process and to report its errors, each if the installation wants it. After Django is
    set up, and not before a fork.
    """
    from tollbook.base.watching import reporting, tracing  # logs and metrics must not wait for them

    tracing.start()
    reporting.start()
