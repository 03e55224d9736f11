//! See [`punchclock_fuzz::rules::policy_and_punches`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::rules::policy_and_punches);
