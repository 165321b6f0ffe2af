//! ICD-10-CM codes and ranges as integers, so that "is below", "is between" and "is in this
//! section" are two comparisons.

/// An undotted code as its bytes in an integer, zeros behind: keeps the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packed(u64);

impl Packed {
    /// Only the first eight bytes count; no code is longer.
    pub(super) fn of(code: &str) -> Packed {
        Packed::filled(code, 0x00)
    }

    fn filled(code: &str, filler: u8) -> Packed {
        let mut bytes = [filler; 8];
        for (byte, from) in bytes.iter_mut().zip(code.bytes()) {
            *byte = from;
        }
        Packed(u64::from_be_bytes(bytes))
    }
}

/// A code and all below it (`E11`), or all codes from one to another (`A00-B99`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeRange {
    first: Packed,
    last: Packed,
}

impl CodeRange {
    /// A code and everything below it.
    pub(super) fn below(code: &str) -> CodeRange {
        CodeRange { first: Packed::of(code), last: Packed::filled(code, 0xFF) }
    }

    /// From `E11` or `A00-B99`; none when there is no code.
    pub(super) fn read(text: &str) -> Option<CodeRange> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        (first.len() >= 3 && last.len() >= 3)
            .then(|| CodeRange { first: Packed::of(first), last: Packed::filled(last, 0xFF) })
    }

    /// Whether a code lies in it.
    pub(super) fn contains(self, code: Packed) -> bool {
        self.first <= code && code <= self.last
    }

    /// The first code that lies in it.
    pub(super) fn first(self) -> Packed {
        self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, code: &str, expected: bool) {
        assert_eq!(CodeRange::read(range).unwrap().contains(Packed::of(code)), expected, "{range} {code}");
    }

    #[test]
    fn a_range_holds_its_ends_and_what_is_below_them() {
        check("A00-B99", "A00", true);
        check("A00-B99", "B99", true);
        check("A00-B99", "B9989", true);
        check("A00-B99", "C00", false);
        check("E11", "E1165", true);
        check("E11", "E11", true);
        check("E11", "E10", false);
        check("O00-O9A", "O9A119", true);
        check("E116", "E11", false);
    }
}
