//! See [`punchclock_fuzz::adms::commands`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::adms::commands);
