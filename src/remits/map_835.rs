//! 835 (005010X221A1) to remittances.
use crate::claims::model::Adjustment;
use crate::remits::balance::{Balance, BalancedRemit, Held};
use crate::remits::model::*;
use crate::types::{MemberId, Money, Rarc, Result};

type Verdict = std::result::Result<BalancedRemit, Box<Held>>;
struct Parsed {
    remittance: Remittance,
    claims: Vec<RemitClaim>,
    plbs: Vec<ProviderAdjustment>,
    bad: Vec<Unreadable>,
}

fn parse(bytes: &[u8]) -> std::result::Result<Vec<Parsed>, Unreadable> {
    let none = |m: &str| Unreadable { byte_offset: 0, segment: String::new(), message: m.into() };
    let text = std::str::from_utf8(bytes).map_err(|_e| none("not text"))?;
    if !text.starts_with("ISA*") {
        return Err(none("it is no X12 interchange"));
    }
    let mut sets: Vec<Parsed> = vec![];
    let mut offset = 0u64;
    let mut test = false;
    let mut open = false;
    let mut ordinal = 0;
    for raw in text.split_inclusive('~') {
        let lead = (raw.len() - raw.trim_start().len()) as u64;
        let at = Bytes { first: offset + lead, last: offset + raw.len() as u64 - 1 };
        offset += raw.len() as u64;
        let seg = raw.trim().trim_end_matches('~');
        if seg.is_empty() {
            continue;
        }
        let e: Vec<&str> = seg.split('*').collect();
        let g = |i: usize| e.get(i).copied().unwrap_or("");
        let o = |i: usize| e.get(i).filter(|t| !t.is_empty()).map(|t| (*t).to_owned());
        let date = |i: usize| chrono::NaiveDate::parse_from_str(g(i), "%Y%m%d").ok();
        let money = |i: usize| g(i).parse::<Money>().unwrap_or_default();
        if e[0] == "ISA" {
            test = g(15) == "T";
            continue;
        }
        if e[0] == "ST" {
            ordinal += 1;
            open = g(1) == "835";
            if open {
                sets.push(Parsed {
                    remittance: Remittance {
                        set_ordinal: ordinal,
                        is_test: test,
                        payer_name: String::new(),
                        payer_identifiers: vec![],
                        trace_number: String::new(),
                        payer_trace_id: String::new(),
                        handling: String::new(),
                        paid: Money::ZERO,
                        is_debit: false,
                        method: String::new(),
                        paid_on: None,
                        produced_on: None,
                        bytes: at,
                        payment_bytes: at,
                    },
                    claims: vec![],
                    plbs: vec![],
                    bad: vec![],
                });
            }
            continue;
        }
        if !open {
            continue;
        }
        let Some(p) = sets.last_mut() else { continue };
        p.remittance.bytes.last = at.last;
        if let Some(c) = p.claims.last_mut() {
            if e[0] != "PLB" && e[0] != "SE" && e[0] != "LX" {
                c.bytes.last = at.last;
                if e[0] != "SVC" {
                    if let Some(l) = c.lines.last_mut() {
                        l.bytes.last = at.last;
                    }
                }
            }
        }
        match e[0] {
            "BPR" => {
                let r = &mut p.remittance;
                r.handling = g(1).into();
                r.paid = money(2);
                r.is_debit = g(3) == "D";
                r.method = g(4).into();
                r.paid_on = date(16);
                r.payment_bytes = at;
            }
            "TRN" => {
                p.remittance.trace_number = g(2).into();
                p.remittance.payer_trace_id = g(3).into();
            }
            "N1" if g(1) == "PR" => {
                p.remittance.payer_name = g(2).into();
                p.remittance.payer_identifiers.extend(o(4));
            }
            "REF" if g(1) == "2U" => p.remittance.payer_identifiers.insert(0, g(2).into()),
            "CLP" => {
                let n = p.claims.len() as u32 + 1;
                p.claims.push(RemitClaim {
                    ordinal: n,
                    patient_control_number: g(1).into(),
                    status: ClaimStatus::from_code(g(2)),
                    charged: money(3),
                    paid: money(4),
                    patient_responsibility: money(5),
                    filing_indicator: o(6),
                    payer_claim_control_number: o(7),
                    patient: None,
                    member_id: None,
                    corrected_insured: None,
                    forwarded_to: None,
                    adjustments: vec![],
                    remarks: vec![],
                    service_from: None,
                    service_thru: None,
                    lines: vec![],
                    bytes: at,
                });
            }
            "NM1" if matches!(g(1), "QC" | "IL") => {
                if let Some(c) = p.claims.last_mut() {
                    c.member_id = MemberId::parse(g(9)).ok();
                }
            }
            "MOA" => {
                if let Some(c) = p.claims.last_mut() {
                    c.remarks.extend((3..8).filter_map(|i| Rarc::parse(g(i)).ok()));
                }
            }
            "DTM" => {
                if let Some(c) = p.claims.last_mut() {
                    match g(1) {
                        "232" => c.service_from = date(2),
                        "233" => c.service_thru = date(2),
                        "472" => {
                            if let Some(l) = c.lines.last_mut() {
                                l.service_from = date(2)
                            }
                        }
                        _ => {}
                    }
                }
            }
            "CAS" => {
                if let Some(c) = p.claims.last_mut() {
                    let mut i = 2;
                    while i < e.len() && !g(i).is_empty() {
                        match (g(1).parse(), g(i).parse()) {
                            (Ok(group), Ok(reason)) => {
                                let a = Adjustment { group, reason, amount: money(i + 1), quantity: None };
                                match c.lines.last_mut() {
                                    Some(l) => l.adjustments.push(a),
                                    None => c.adjustments.push(a),
                                }
                            }
                            _ => p.bad.push(Unreadable {
                                byte_offset: at.first,
                                segment: "CAS".into(),
                                message: "no group".into(),
                            }),
                        }
                        i += 3;
                    }
                }
            }
            "SVC" => {
                if let Some(c) = p.claims.last_mut() {
                    let q: Vec<&str> = g(1).split(':').collect();
                    let n = c.lines.len() as u16 + 1;
                    c.lines.push(RemitLine {
                        line_no: n,
                        control_number: None,
                        procedure: q.get(1).unwrap_or(&"").to_string(),
                        modifiers: q.iter().skip(2).map(|m| m.to_string()).collect(),
                        billed_procedure: o(6).and_then(|t| t.split(':').nth(1).map(str::to_owned)),
                        service_from: None,
                        service_thru: None,
                        charged: money(2),
                        paid: money(3),
                        units: g(5).parse().ok(),
                        allowed: None,
                        adjustments: vec![],
                        remarks: vec![],
                        bytes: at,
                    });
                }
            }
            "REF" if g(1) == "6R" => {
                if let Some(l) = p.claims.last_mut().and_then(|c| c.lines.last_mut()) {
                    l.control_number = o(2);
                }
            }
            "LQ" => {
                if let Some(l) = p.claims.last_mut().and_then(|c| c.lines.last_mut()) {
                    l.remarks.extend(Rarc::parse(g(2)).ok());
                }
            }
            "PLB" => {
                let mut i = 3;
                while i + 1 < e.len() {
                    let mut q = g(i).split(':');
                    let n = p.plbs.len() as u32 + 1;
                    p.plbs.push(ProviderAdjustment {
                        ordinal: n,
                        reason: q.next().unwrap_or("").into(),
                        reference: q.next().map(str::to_owned),
                        amount: money(i + 1),
                        bytes: at,
                    });
                    i += 2;
                }
            }
            "SE" => open = false,
            _ => {}
        }
    }
    if open {
        if let Some(p) = sets.last_mut() {
            p.bad.push(Unreadable {
                byte_offset: offset,
                segment: "SE".into(),
                message: "the set has no end".into(),
            });
        }
    }
    if sets.is_empty() {
        return Err(none("no 835"));
    }
    Ok(sets)
}

pub(super) fn balance_all(bytes: &[u8]) -> std::result::Result<Vec<Verdict>, Unreadable> {
    Ok(parse(bytes)?
        .into_iter()
        .map(|p| {
            let mut b = Balance::open(p.remittance);
            p.claims.iter().for_each(|c| b.claim(c));
            p.plbs.iter().for_each(|a| b.provider_adjustment(a));
            p.bad.into_iter().for_each(|u| b.unreadable(u));
            b.close()
        })
        .collect())
}
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    claims: Vec<RemitClaim>,
    plbs: Vec<ProviderAdjustment>,
}
impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, claims: vec![], plbs: vec![] }
    }
    pub fn enter(&mut self, set: u32) -> Result<()> {
        for p in parse(self.bytes).map_err(|_e| anyhow::anyhow!("x"))? {
            if p.remittance.set_ordinal == set {
                self.claims = p.claims;
                self.plbs = p.plbs;
            }
        }
        Ok(())
    }
    pub fn claims(&mut self, max: usize) -> Result<Vec<RemitClaim>> {
        let n = max.min(self.claims.len());
        Ok(self.claims.drain(..n).collect())
    }
    pub fn provider_adjustments(&mut self) -> Result<Vec<ProviderAdjustment>> {
        Ok(std::mem::take(&mut self.plbs))
    }
}
