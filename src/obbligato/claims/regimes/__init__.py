"""The laws that a claim may run under, each a table of steps. Pure: they know no rows, no clock and no mails."""
