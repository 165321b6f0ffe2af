//! Where an entry comes from: the document, its file, and the bytes or rows in it.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::charges;
use crate::db::Tx;
use crate::journey::CHARGE_SOURCE;
use crate::remits;
use crate::types::{
    Bytes, EncounterId, EntryId, FileId, ProviderAdjustmentId, RemitClaimId, RemittanceId, Result,
};

/// The document behind an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceDocument {
    /// What it is called: `835 trace number`, `charge file`.
    pub name: String,
    /// The file it came in.
    pub file: FileId,
    /// Where in it, for X12.
    pub bytes: Option<Bytes>,
    /// The segment there that says it: `CLP*...`.
    pub segment: Option<String>,
    /// First and last row, for a table.
    pub rows: Option<(i32, i32)>,
    /// The remittance that it is part of.
    pub remittance: Option<RemittanceId>,
}

/// The documents of these sources, by source id. A source that came in no file, such as a
/// correction on a page, is left out. Two queries.
pub async fn source_documents(
    tx: &mut Tx,
    sources: &[(&str, Uuid)],
) -> Result<HashMap<Uuid, SourceDocument>> {
    let of = |kind: &str| {
        let ids = sources.iter().filter(|(known, _)| *known == kind).map(|(_, id)| *id);
        ids.collect::<Vec<Uuid>>()
    };
    let visits: Vec<EncounterId> =
        of(CHARGE_SOURCE.as_str()).into_iter().map(EncounterId::from_uuid).collect();
    let decisions: Vec<RemitClaimId> =
        [remits::CLAIM_SOURCE, remits::RESTATEMENT_SOURCE, remits::CARRYING_SOURCE]
            .iter()
            .flat_map(|kind| of(kind.as_str()))
            .map(RemitClaimId::from_uuid)
            .collect();
    let adjustments: Vec<ProviderAdjustmentId> = of(remits::PROVIDER_ADJUSTMENT_SOURCE.as_str())
        .into_iter()
        .map(ProviderAdjustmentId::from_uuid)
        .collect();
    let taken_back: Vec<EntryId> =
        of(remits::UNAPPLYING_SOURCE.as_str()).into_iter().map(EntryId::from_uuid).collect();
    let mut documents = HashMap::new();
    if !visits.is_empty() {
        for visit in charges::encounters(tx, &visits).await? {
            documents.insert(
                visit.id.uuid(),
                SourceDocument {
                    name: "charge file".to_owned(),
                    file: visit.file,
                    bytes: None,
                    segment: None,
                    rows: Some((visit.first_row, visit.last_row)),
                    remittance: None,
                },
            );
        }
    }
    if !decisions.is_empty() || !adjustments.is_empty() || !taken_back.is_empty() {
        for place in remits::places(tx, &decisions, &adjustments, &taken_back).await? {
            documents.insert(
                place.id,
                SourceDocument {
                    name: format!("835 {}", place.trace_number),
                    file: place.file,
                    bytes: Some(place.bytes),
                    segment: Some(place.segment),
                    rows: None,
                    remittance: Some(place.remittance),
                },
            );
        }
    }
    Ok(documents)
}
