//! X12's syntax notes for the segments of the healthcare guides: which elements stand or fall
//! together. 005010's dictionary writes `P0809`: if NM108 is there, so is NM109, and vice versa.

/// How elements of a segment depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// `P`: all or none.
    Paired,
    /// `R`: at least one.
    Required,
    /// `E`: at most one.
    Exclusion,
    /// `C`: the first demands all others.
    Conditional,
}

/// One note.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub relation: Relation,
    pub elements: &'static [u8],
}

const fn note(relation: Relation, elements: &'static [u8]) -> Note {
    Note { relation, elements }
}

/// The notes of a segment, without those on elements that no guide of ours uses and those that a
/// guide's own requirement makes idle.
pub(crate) const fn notes(segment: &'static str) -> &'static [Note] {
    use Relation::{Conditional, Exclusion, Paired, Required};
    match segment.as_bytes() {
        b"NM1" => const { &[note(Paired, &[8, 9])] },
        b"N1" => const { &[note(Required, &[2, 3]), note(Paired, &[3, 4])] },
        b"N4" => const { &[note(Exclusion, &[2, 7]), note(Conditional, &[7, 4])] },
        b"PER" => const { &[note(Paired, &[3, 4]), note(Paired, &[5, 6]), note(Paired, &[7, 8])] },
        b"REF" => const { &[note(Required, &[2, 3])] },
        b"PRV" => const { &[note(Paired, &[2, 3])] },
        b"PAT" => const { &[note(Paired, &[5, 6]), note(Paired, &[7, 8])] },
        b"DMG" => const { &[note(Paired, &[1, 2])] },
        b"PWK" => const { &[note(Paired, &[5, 6])] },
        b"CR1" => const { &[note(Paired, &[1, 2]), note(Paired, &[5, 6])] },
        b"CR3" => const { &[note(Paired, &[2, 3])] },
        b"HCP" => const { &[note(Required, &[1, 13]), note(Paired, &[9, 10]), note(Paired, &[11, 12])] },
        b"SV2" => const { &[note(Required, &[1, 2]), note(Paired, &[4, 5])] },
        b"TOO" => const { &[note(Paired, &[1, 2])] },
        b"SV1" => const { &[note(Paired, &[3, 4])] },
        b"SV5" => const { &[note(Required, &[4, 5]), note(Conditional, &[6, 4])] },
        b"CTP" => const { &[note(Paired, &[4, 5])] },
        b"LQ" => const { &[note(Conditional, &[1, 2])] },
        b"EQ" => const { &[note(Required, &[1, 2])] },
        b"EB" => const { &[note(Paired, &[9, 10])] },
        b"HSD" => const { &[note(Paired, &[1, 2]), note(Conditional, &[6, 5])] },
        b"III" => const { &[note(Paired, &[1, 2])] },
        b"MPI" => const { &[note(Paired, &[6, 7])] },
        b"FRM" => const { &[note(Required, &[2, 3, 4, 5])] },
        b"BPR" => {
            const {
                &[
                    note(Paired, &[6, 7]),
                    note(Conditional, &[8, 9]),
                    note(Paired, &[12, 13]),
                    note(Conditional, &[14, 15]),
                ]
            }
        }
        _ => &[],
    }
}
