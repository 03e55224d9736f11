//! `demo`: the arguments of the demonstration.

use std::path::PathBuf;

use punchclock_edge::demo::{Options, RealOdoo, run};
use punchclock_edge::error::EdgeError;

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArguments {
    /// Deliver to a real Odoo at this plain-HTTP URL instead of the stand-in; the addon must be installed there.
    #[arg(long, requires = "database", requires = "api_key_file")]
    odoo: Option<String>,
    /// The database of that Odoo.
    #[arg(long, requires = "odoo")]
    database: Option<String>,
    /// A file with an API key of a user who may create employees and gateways in it.
    #[arg(long, requires = "odoo")]
    api_key_file: Option<PathBuf>,
    /// Where the payroll file goes; by default beside the system's temporary files.
    #[arg(long)]
    payroll: Option<PathBuf>,
}

pub(crate) async fn demo(arguments: DemoArguments) -> Result<(), EdgeError> {
    let odoo = match (arguments.odoo, arguments.database, arguments.api_key_file) {
        (Some(url), Some(database), Some(api_key_file)) => Some(RealOdoo {
            url,
            database,
            api_key_file,
        }),
        _ => None,
    };
    run(
        Options {
            odoo,
            payroll: arguments.payroll,
        },
        &mut std::io::stdout(),
    )
    .await
}
