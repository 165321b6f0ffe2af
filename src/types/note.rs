//! What a person writes beside a decision.

/// Longest note, in characters.
const NOTE_CHARACTERS_MAX: usize = 500;

/// A note or reason that says something: 1 to 500 characters without the blanks around it. None: nothing
/// to read, or too much.
///
/// ```
/// use firstpass_types::noted;
/// assert_eq!(noted(" paid twice ").as_deref(), Some("paid twice"));
/// assert_eq!(noted(" "), None);
/// assert_eq!(noted(&"x".repeat(501)), None);
/// ```
#[must_use]
pub fn noted(text: &str) -> Option<String> {
    let text = text.trim();
    (1..=NOTE_CHARACTERS_MAX).contains(&text.chars().count()).then(|| text.to_owned())
}
