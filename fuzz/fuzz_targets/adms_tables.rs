//! See [`punchclock_fuzz::adms::tables`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::adms::tables);
