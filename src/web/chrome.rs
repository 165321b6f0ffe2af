//! What surrounds every page of a signed-in person.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use crate::access::Permission;
use crate::web::{Caller, Problem, assets, opaque};

/// Holds a message for the next page; gone once shown.
pub(super) const FLASH_COOKIE: &str = "firstpass_flash";

/// The menu's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `/`
    Dashboard,
    /// `/claims`
    Claims,
    /// `/remittances`
    Remittances,
    /// `/denials`
    Denials,
    /// `/mail`
    Mail,
    /// Anything else.
    None,
}

/// Menu, top bar, tokens: a page's template has it as its field `chrome`. Taken like any extractor.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The person's name.
    pub name: String,
    /// As the avatar shows the name.
    pub initials: String,
    /// The practice's name.
    pub organization: String,
    /// Whether what it sends counts.
    pub production: bool,
    /// The person's role.
    pub role: &'static str,
    /// Whether the person may switch to another practice.
    pub works_elsewhere: bool,
    /// Whether the menu leads to charge entry.
    pub enters_charges: bool,
    /// Whether the menu leads to the ledger.
    pub views_ledger: bool,
    /// Whether the menu shows the practice's mail.
    pub manages_mail: bool,
    /// Whether the menu leads to people, keys and the audit trail.
    pub manages_access: bool,
    /// Where in the menu the page stands.
    pub section: Section,
    /// The first part of the path.
    pub place: String,
    /// The path.
    pub path: String,
    /// For each form that writes: `<input type="hidden" name="csrf" value="{{ chrome.csrf }}">`.
    pub csrf: String,
    /// What the form before has done.
    pub flash: Option<String>,
    /// The address of the stylesheet.
    pub css: &'static str,
    /// The address of the script.
    pub js: &'static str,
}

impl Chrome {
    /// A fresh idempotency key, for a form's hidden field `idempotency_key`.
    #[must_use]
    pub fn fresh_key(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// `true` where the menu marks the page.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        section(path) == self.section
    }

    /// `true` on the pages below a first part of the path that has no section of its own.
    #[must_use]
    pub fn at(&self, first: &str) -> bool {
        self.place == first
    }

    /// `true` on a page and those below it.
    #[must_use]
    pub fn within(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// How the page greets.
    #[must_use]
    pub fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }

    fn new(request: &HttpRequest) -> Option<Chrome> {
        // Before the extensions are borrowed: cookies are read into them.
        let flash = request
            .cookie(FLASH_COOKIE)
            .and_then(|cookie| opaque::decode(cookie.value()))
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let extensions = request.extensions();
        let caller = extensions.get::<Caller>()?;
        let words = || caller.name.split_whitespace();
        let initial = |word: Option<&str>| word.and_then(|word| word.chars().next());
        let initials = initial(words().next())
            .into_iter()
            .chain(initial(words().skip(1).last()))
            .flat_map(char::to_uppercase)
            .collect();
        Some(Chrome {
            name: caller.name.clone(),
            initials,
            organization: caller.organization.clone(),
            production: caller.production,
            role: caller.role.as_str(),
            works_elsewhere: caller.works_elsewhere,
            enters_charges: caller.may(Permission::ImportCharges),
            views_ledger: caller.may(Permission::ViewLedger),
            manages_mail: caller.may(Permission::ManageMail),
            manages_access: caller.may(Permission::ManageAccess),
            section: section(request.path()),
            path: request.path().to_owned(),
            place: request.path().split('/').nth(1).unwrap_or_default().to_owned(),
            csrf: caller.session.as_ref().map(|session| session.csrf_token.clone()).unwrap_or_default(),
            flash,
            css: assets::css(),
            js: assets::js(),
        })
    }
}

fn section(path: &str) -> Section {
    match path.split('/').nth(1) {
        Some("") => Section::Dashboard,
        Some("claims") => Section::Claims,
        Some("remittances") => Section::Remittances,
        Some("denials") => Section::Denials,
        Some("mail") => Section::Mail,
        _ => Section::None,
    }
}

impl FromRequest for Chrome {
    type Error = Problem;
    type Future = Ready<Result<Chrome, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let chrome = Chrome::new(request);
        ready(chrome.ok_or_else(|| anyhow::anyhow!("a route that needs nobody asks for chrome").into()))
    }
}
