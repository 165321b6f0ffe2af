//! The codes that a note of the ICD-10-CM tabular list names in parentheses.
//!
//! `(E08.-)` is everything below E08, `(A00-B99)` a range, `(J09.X-, J10-J11)` a list,
//! `(E08-E13 with .51-.52)` a range narrowed to codes of a certain form. One reference is kept
//! as text without points and dashes: `E08`, `A00-B99`, `E08-E13/.51-.52`. After the stroke:
//!
//! | text | means |
//! | --- | --- |
//! | `.51-.52,.6` | what follows the category begins so |
//! | `-23` | the code ends so |
//! | `5=1-4,9` | its fifth character (and those after it) is one of these |
//! | `56=1-4` | its fifth or sixth character, whichever comes last before a placeholder, is one of these |
//! | `?` | narrowed in words that this program does not read: matches nothing |

use super::code_range::{CodeRange, Packed};

/// A reference to a code, everything below a code, or a range, perhaps narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    range: CodeRange,
    narrowed: Box<str>,
}

impl Reference {
    /// From the form that the notes file keeps: `E08-E13/.51-.52`.
    pub(super) fn read(text: &str) -> Option<Reference> {
        let (range, narrowed) = text.split_once('/').unwrap_or((text, ""));
        Some(Reference { range: CodeRange::read(range)?, narrowed: narrowed.into() })
    }

    /// Whether an undotted code is meant.
    pub(super) fn matches(&self, code: &str, packed: Packed) -> bool {
        self.range.contains(packed) && (self.narrowed.is_empty() || fits(&self.narrowed, code))
    }
}

/// Whether a code has the form that follows the stroke.
fn fits(narrowed: &str, code: &str) -> bool {
    let one_of = |choices: &str, actual: &str| {
        choices.split(',').any(|choice| {
            let choice = choice.trim_start_matches('.');
            let (low, high) = choice.split_once('-').unwrap_or((choice, choice));
            let high = high.trim_start_matches('.');
            let head = |length| actual.get(..length);
            head(low.len()).is_some_and(|head| head >= low)
                && head(high.len()).is_some_and(|head| head <= high)
        })
    };
    if narrowed.starts_with('.') {
        return code.get(3..).is_some_and(|rest| one_of(narrowed, rest));
    }
    if let Some(ending) = narrowed.strip_prefix('-') {
        return code.ends_with(ending);
    }
    match narrowed.split_once('=') {
        Some(("56", choices)) => {
            let place = if matches!(code.as_bytes().get(5), None | Some(b'X')) { 4 } else { 5 };
            code.get(place..).is_some_and(|rest| one_of(choices, rest))
        }
        Some((place, choices)) => place
            .parse::<usize>()
            .ok()
            .and_then(|place| code.get(place.saturating_sub(1)..))
            .is_some_and(|rest| one_of(choices, rest)),
        None => false,
    }
}

/// The references in the text of a note, in the form that [`Reference::read`] reads.
pub(super) fn in_note(text: &str) -> Vec<String> {
    let mut references = Vec::new();
    for (at, _) in text.match_indices('(') {
        let inside = &text[at + 1..];
        let end = inside.find(['(', ')']).unwrap_or(inside.len());
        references.extend(in_parentheses(&inside[..end]));
    }
    references
}

fn in_parentheses(text: &str) -> Vec<String> {
    let mut references: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let narrowed = match rest.split_once(' ') {
            _ if references.is_empty() => None,
            Some(("with", words)) => Some(narrowing(words).unwrap_or("?".to_owned())),
            Some(("except", _)) => Some("?".to_owned()),
            Some(_) | None => None,
        };
        if let Some(narrowed) = narrowed {
            for reference in &mut references {
                *reference = format!("{reference}/{narrowed}");
            }
            break;
        }
        match code_at(rest) {
            Some((first, after)) => {
                let gap = after.find(|c| c != '-' && c != ' ').unwrap_or(after.len());
                match code_at(&after[gap..]) {
                    Some((last, end)) if after[..gap].contains('-') => {
                        references.push(format!("{first}-{last}"));
                        rest = end;
                    }
                    _ => {
                        references.push(first);
                        rest = after;
                    }
                }
            }
            None => {
                // On to the next word, so that no code is found inside a word.
                let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                let step = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
                rest = &rest[step..];
            }
        }
    }
    references
}

/// A code at the beginning of a text, without its point, and what follows it.
fn code_at(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let category = bytes.first()?.is_ascii_uppercase()
        && bytes.get(1)?.is_ascii_digit()
        && matches!(bytes.get(2)?, b'0'..=b'9' | b'A'..=b'Z');
    if !category {
        return None;
    }
    let mut end = 3;
    let mut code = text[..3].to_owned();
    if bytes.get(3) == Some(&b'.') {
        end = 4;
        while let Some(b'0'..=b'9' | b'A'..=b'Z') = bytes.get(end) {
            code.push(char::from(bytes[end]));
            end += 1;
        }
    }
    let word_goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (!word_goes_on && code.len() <= 7).then(|| (code, &text[end..]))
}

/// What follows "with": `.51-.52`; `fifth or sixth character 1-4`; `final characters -23`.
fn narrowing(text: &str) -> Option<String> {
    let place = [
        ("fifth or six", "56"),
        ("fifth to sixth", "5"),
        ("fourth", "4"),
        ("4th", "4"),
        ("fifth", "5"),
        ("5th", "5"),
        ("sixth", "6"),
        ("6th", "6"),
        ("seventh", "7"),
        ("7th", "7"),
    ]
    .into_iter()
    .find(|(words, _)| text.starts_with(words))
    .map(|(_, place)| place);

    let form = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '.' || c == '-';
    let choices: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty() && word.chars().all(form) && *word != "-")
        .map(|word| word.trim_end_matches('.'))
        .collect();
    let pointed = |choice: &&str| choice.starts_with('.');
    match (place, choices.as_slice()) {
        (_, []) => None,
        (Some(place), choices) => Some(format!("{place}={}", choices.join(",").replace('.', ""))),
        (None, choices) if choices.iter().all(pointed) => {
            let plain: Vec<_> = choices.iter().map(|choice| choice.trim_end_matches('-')).collect();
            Some(plain.join(","))
        }
        (None, [ending]) if ending.starts_with('-') => Some((*ending).to_owned()),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(note: &str, expected: &[&str]) {
        assert_eq!(in_note(note), expected, "{note}");
    }

    #[test]
    fn codes_are_found_in_every_form_the_tabular_list_uses() {
        check("bacterial foodborne intoxications, NEC (A05.-)", &["A05"]);
        check("benign neoplasm of anal margin (D22.5, D23.5)", &["D225", "D235"]);
        check("influenza (J09.X-, J10-J11)", &["J09X", "J10-J11"]);
        check("apnea of newborn (P28.3- - P28.4-)", &["P283-P284"]);
        check("atherosclerosis of the extremities (I70.2--I70.7-)", &["I702-I707"]);
        check("multiple sclerosis (G35-)", &["G35"]);
        check("COVID-19 (U07.1)", &["U071"]);
        check("explantation of knee prosthesis (Z89.52-", &["Z8952"]);
        check("diabetic (peripheral) angiopathy (E08-E13 with .51-.52)", &["E08-E13/.51-.52"]);
        check("skin disorders in diabetes (E08-E13 with .62-)", &["E08-E13/.62"]);
        check("dementia (F10-F19, with .17, .27, .97)", &["F10-F19/.17,.27,.97"]);
        check("psychoactive drug use (F11-F19 with .15. .25, .95)", &["F11-F19/.15,.25,.95"]);
        check("aphasia (I69. with final characters -20)", &["I69/-20"]);
        check("whooping cough with pneumonia (A37 with fifth-character 1)", &["A37/5=1"]);
        check("hallucinations (F11-F19 with fifth to sixth characters 51)", &["F11-F19/5=51"]);
        check("poisoning (T36-T65 with fifth or sixth character 1-4)", &["T36-T65/56=1-4"]);
        check("amnestic syndrome (F10-F19 with 5th character .6)", &["F10-F19/5=6"]);
        check("open fracture (S92.-with 7th character B)", &["S92/7=B"]);
        check("open fracture (S52.- with open fracture 7th character)", &["S52/?"]);
        check(
            "in (E08, E09, E11, E13 with final characters .00 or .01)",
            &["E08/.00,.01", "E09/.00,.01", "E11/.00,.01", "E13/.00,.01"],
        );
        check("traumatic otorrhagia - code to injury", &[]);
        check("selective serotonin reuptake inhibitors [SSRI] (5-HT2)", &[]);
    }

    fn check_match(reference: &'static str, code: &str, expected: bool) {
        let reference = Reference::read(reference).unwrap();
        assert_eq!(reference.matches(code, Packed::of(code)), expected, "{reference:?} {code}");
    }

    #[test]
    fn a_reference_means_the_codes_it_names_and_all_below() {
        check_match("E08", "E0800", true);
        check_match("E08", "E09", false);
        check_match("A00-B99", "B9989", true);
        check_match("A00-B99", "C000", false);
        check_match("E08-E13/.51-.52", "E1151", true);
        check_match("E08-E13/.51-.52", "E1152", true);
        check_match("E08-E13/.51-.52", "E1159", false);
        check_match("E08-E13/.62", "E11620", true);
        check_match("I69/-20", "I69320", true);
        check_match("I69/-20", "I69321", false);
        check_match("F11-F19/5=51", "F12151", true);
        check_match("F11-F19/5=51", "F12150", false);
        // T38.815A is an adverse effect: the intent is its sixth character, though the fifth is 1.
        check_match("T36-T65/56=1-4", "T38815A", false);
        check_match("T36-T65/56=1-4", "T38811A", true);
        check_match("T36-T65/56=1-4", "T3691XA", true);
        check_match("S92/7=B", "S92001B", true);
        check_match("S92/7=B", "S92001A", false);
        check_match("S52/?", "S52001B", false);
    }
}
