//! Where the demonstration delivers to: the stand-in, or a real Odoo.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::days;
use super::odoo_stand_in::{Arrived, OdooStandIn};
use super::payroll::Day;
use super::plan::PlannedTerminal;
use super::real_odoo::{Prepared, RealOdoo};
use crate::error::EdgeError;

/// The receiver of a run.
#[derive(Debug)]
pub(super) enum Sink {
    StandIn { stand_in: OdooStandIn, target: String },
    Real(Box<Prepared>),
}

/// The key of the stand-in; it guards nothing.
const STAND_IN_KEY: &str = "0123456789abcdef0123456789abcdef01234567";

impl Sink {
    pub(super) async fn stand_in(
        plan: &[PlannedTerminal],
        shutdown: CancellationToken,
    ) -> Result<Self, EdgeError> {
        let zones: BTreeMap<String, String> = plan
            .iter()
            .map(|terminal| (terminal.serial.clone(), terminal.zone.to_owned()))
            .collect();
        let (stand_in, address) = OdooStandIn::start(STAND_IN_KEY, zones, shutdown).await?;
        Ok(Self::StandIn {
            stand_in,
            target: address.to_string(),
        })
    }

    pub(super) async fn real(
        odoo: &RealOdoo,
        plan: &[PlannedTerminal],
        suffix: &str,
    ) -> Result<Self, EdgeError> {
        Ok(Self::Real(Box::new(Prepared::new(odoo, plan, suffix).await?)))
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::StandIn { .. } => "a stand-in for Odoo".to_owned(),
            Self::Real(odoo) => format!("the Odoo at {}", odoo.url()),
        }
    }

    /// Host and port, for the line in between.
    pub(super) fn target(&self) -> &str {
        match self {
            Self::StandIn { target, .. } => target,
            Self::Real(odoo) => odoo.target(),
        }
    }

    pub(super) fn database(&self) -> &str {
        match self {
            Self::StandIn { .. } => "stand-in",
            Self::Real(odoo) => odoo.database(),
        }
    }

    /// The key of the edge.
    pub(super) fn api_key(&self) -> &str {
        match self {
            Self::StandIn { .. } => STAND_IN_KEY,
            Self::Real(odoo) => odoo.gateway_key(),
        }
    }

    pub(super) async fn count(&self) -> Result<usize, EdgeError> {
        match self {
            Self::StandIn { stand_in, .. } => Ok(stand_in.arrived().len()),
            Self::Real(odoo) => odoo.count().await,
        }
    }

    pub(super) async fn arrived(&self) -> Result<Vec<Arrived>, EdgeError> {
        match self {
            Self::StandIn { stand_in, .. } => Ok(stand_in.arrived()),
            Self::Real(odoo) => odoo.arrived().await,
        }
    }

    /// The days: computed here from what the stand-in holds, or read from Odoo.
    pub(super) async fn days(
        &self,
        plan: &[PlannedTerminal],
        arrived: &[Arrived],
    ) -> Result<Vec<Day>, EdgeError> {
        match self {
            Self::StandIn { .. } => days::compute(plan, arrived),
            Self::Real(odoo) => odoo.days().await,
        }
    }
}
