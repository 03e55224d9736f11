//! See [`punchclock_fuzz::adms::request`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::adms::request);
