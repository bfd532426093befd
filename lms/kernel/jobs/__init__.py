"""Background work: the job table is the truth, transports only carry ids."""
