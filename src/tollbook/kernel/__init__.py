"""Values that every floor shares: money, numbers, time, periods, ids, errors and transition tables. Pure."""
