//! See [`punchclock_fuzz::odoo::decode`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::odoo::decode);
