"""Pages of the authorities: queue, review, sealing, duties, sanctions, calendar, policy, ledger, accounts, statistics."""
