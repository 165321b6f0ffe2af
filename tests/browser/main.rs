//! The program as a person uses it: `firstpass demo` behind a real browser.
//!
//! Needs `/usr/bin/chromium` and `/usr/bin/chromedriver` (Debian: chromium, chromium-driver) and
//! fails without them. Pictures of the pages are left in `target/screenshots`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod program;

use std::path::Path;

use firstpass::types::Money;
use program::{Driver, Program};
use thirtyfour::prelude::*;

async fn picture(browser: &WebDriver, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    browser.screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
}

async fn text(browser: &WebDriver, css: &str) -> String {
    browser.find(By::Css(css)).await.unwrap_or_else(|_| panic!("no {css}")).text().await.unwrap()
}

async fn address(browser: &WebDriver) -> String {
    browser.current_url().await.unwrap().path().to_owned()
}

async fn press(browser: &WebDriver, keys: impl Into<TypingData>) {
    browser.action_chain().send_keys(keys).perform().await.unwrap();
}

/// Presses a key while Control is held: the actions of a browser release each key by itself.
async fn control(browser: &WebDriver, key: impl Into<TypingData>) {
    let chain = browser.action_chain().key_down(Key::Control).send_keys(key).key_up(Key::Control);
    chain.perform().await.unwrap();
}

/// Waits until the page's path begins so.
async fn arrive(browser: &WebDriver, begins: &str) {
    for _ in 0..400 {
        if address(browser).await.starts_with(begins) && whole(browser).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    picture(browser, "lost").await;
    panic!("still at {}, not at {begins}", address(browser).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_follows_a_denied_amount_to_the_segment_that_denied_it() {
    let program = Program::start();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let told = tokio::spawn(story(browser.clone(), program.address.clone(), program.password.clone())).await;
    browser.quit().await.unwrap();
    told.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_entered_by_keyboard_alone() {
    let program = Program::start();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let told = tokio::spawn(entry(browser.clone(), program.address.clone(), program.password.clone())).await;
    browser.quit().await.unwrap();
    told.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_settled_by_keyboard_alone() {
    let program = Program::start();
    program.receive_what_waits();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let told =
        tokio::spawn(exceptions(browser.clone(), program.address.clone(), program.password.clone())).await;
    browser.quit().await.unwrap();
    told.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_eob_is_entered_by_keyboard_alone_and_survives_a_reload() {
    let program = Program::start();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let told = tokio::spawn(eob(browser.clone(), program.address.clone(), program.password.clone())).await;
    browser.quit().await.unwrap();
    told.unwrap();
}

/// Presses Tab until a field or button of this name has the focus.
async fn tab_to(browser: &WebDriver, name: &str) {
    for _ in 0..80 {
        let focused = browser.active_element().await.unwrap();
        if focused.attr("name").await.unwrap().as_deref() == Some(name) {
            return;
        }
        press(browser, Key::Tab + "").await;
    }
    picture(browser, "lost").await;
    panic!("no {name} is reached by Tab");
}

/// What stands in the first field of this name.
async fn named(browser: &WebDriver, name: &str) -> String {
    let field = appear(browser, &format!("[name='{name}']")).await;
    field.prop("value").await.unwrap().unwrap_or_default()
}

async fn eob(browser: WebDriver, home: String, password: String) {
    browser.goto(format!("{home}/remittances/new")).await.unwrap();
    arrive(&browser, "/login").await;
    sign_in(&browser, &password).await;
    arrive(&browser, "/remittances/new").await;
    appear(&browser, "#find[role=combobox]").await;

    // The check's number has the focus.
    press(&browser, "47110815").await;
    tab_to(&browser, "paid_on").await;
    press(&browser, "11202026").await;
    tab_to(&browser, "method").await;
    press(&browser, "n").await;
    // A claim is found by the beginning of a patient's name and picked from the list.
    tab_to(&browser, "find").await;
    press(&browser, "a").await;
    appear(&browser, ".ahead li").await;
    press(&browser, Key::Down + "").await;
    press(&browser, Key::Enter + "").await;
    let claim = named(&browser, "claim").await;
    assert_eq!(named(&browser, "number").await, "47110815");

    // A reason is picked behind its group, and stays when the page is loaded again.
    tab_to(&browser, "claim_adjustments").await;
    press(&browser, "CO-45").await;
    appear(&browser, ".ahead li").await;
    picture(&browser, "eob-reasons").await;
    press(&browser, Key::Down + "").await;
    press(&browser, Key::Enter + "").await;
    let picked = named(&browser, "claim_adjustments").await;
    assert_eq!(picked, "CO-45 ");
    press(&browser, "1.00").await;
    tokio::time::sleep(std::time::Duration::from_millis(2_000)).await;
    browser.refresh().await.unwrap();
    appear(&browser, "#find[role=combobox]").await;
    assert_eq!(named(&browser, "claim").await, claim);
    assert_eq!(named(&browser, "number").await, "47110815");
    assert_eq!(named(&browser, "paid_on").await, "2026-11-20");
    assert_eq!(named(&browser, "method").await, "NON");
    assert_eq!(named(&browser, "claim_adjustments").await, format!("{picked}1.00"));

    // It was not meant: nothing is paid, and the contract takes all.
    tab_to(&browser, "claim_adjustments").await;
    control(&browser, "a").await;
    press(&browser, Key::Delete + "").await;
    tab_to(&browser, "rest").await;
    press(&browser, Key::Enter + "").await;
    appear(&browser, "#findings .verdict[data-tone=ok]").await;
    picture(&browser, "eob").await;
    control(&browser, Key::Enter).await;
    arrive(&browser, "/remittances/rem_").await;
    picture(&browser, "eob-posted").await;
    browser.goto(format!("{home}/remittances/new")).await.unwrap();
    appear(&browser, "#find[role=combobox]").await;
    assert!(browser.find(By::Css("#h-begun")).await.is_err(), "what is posted is no draft");
}

async fn exceptions(browser: WebDriver, home: String, password: String) {
    browser.goto(format!("{home}/claims")).await.unwrap();
    arrive(&browser, "/login").await;
    sign_in(&browser, &password).await;
    arrive(&browser, "/claims").await;

    // G, E: the queue. J and Enter open the first item, which has one choice: its journal stands there.
    press(&browser, "ge").await;
    arrive(&browser, "/exceptions").await;
    let before = browser.find_all(By::Css(".qlist li")).await.unwrap().len();
    assert!(before >= 2, "{before} items wait");
    // The two that came last stand last.
    press(&browser, "j".repeat(before - 1)).await;
    press(&browser, Key::Enter).await;
    arrive(&browser, "/exceptions/rex_").await;
    assert_eq!(text(&browser, "#h-journal ~ .verdict data").await, "0.00");
    picture(&browser, "exceptions").await;
    press(&browser, "p").await;
    let said = appear(&browser, ".notice[role=status]").await.text().await.unwrap();
    assert!(said.contains("Resolved: owed back to the payer"), "{said}");

    // The PLB amount: 3 says that it is interest, P posts it.
    let left = browser.find_all(By::Css(".qlist li")).await.unwrap().len();
    assert_eq!(left, before - 1);
    press(&browser, "j".repeat(left)).await;
    press(&browser, Key::Enter).await;
    arrive(&browser, "/exceptions/rex_").await;
    press(&browser, "3").await;
    appear(&browser, "#h-journal ~ .verdict").await;
    picture(&browser, "exceptions-plb").await;
    press(&browser, "p").await;
    let said = appear(&browser, ".notice[role=status]").await.text().await.unwrap();
    assert!(said.contains("Resolved: assigned to interest_income"), "{said}");
}

/// Signs in at the page that a stranger was led to.
async fn sign_in(browser: &WebDriver, password: &str) {
    browser.find(By::Css("input[name=email]")).await.unwrap().send_keys(program::EMAIL).await.unwrap();
    browser.find(By::Css("input[name=password]")).await.unwrap().send_keys(password).await.unwrap();
    browser.find(By::Css("button[type=submit]")).await.unwrap().click().await.unwrap();
}

/// Whether all of the page is there and listens to every key: before that a list may be cut short, and
/// a key may be one that was meant for the page before.
async fn whole(browser: &WebDriver) -> bool {
    let asked = "return document.readyState === 'complete' && (!document.querySelector('nav.nav') || \
                 document.documentElement.dataset.settled !== undefined)";
    browser.execute(asked, vec![]).await.is_ok_and(|whole| whole.json() == true)
}

/// Waits until there is such an element in a whole page.
async fn appear(browser: &WebDriver, css: &str) -> WebElement {
    for _ in 0..400 {
        if whole(browser).await
            && let Ok(found) = browser.find(By::Css(css)).await
        {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    picture(browser, "lost").await;
    panic!("no {css} appeared");
}

/// What the field that has the focus is called.
async fn focused(browser: &WebDriver) -> String {
    let field = browser.active_element().await.unwrap();
    field.attr("data-field").await.unwrap().unwrap_or_default()
}

async fn value(browser: &WebDriver, field: &str) -> String {
    let field = browser.find(By::Css(format!("[data-field='{field}']"))).await.unwrap();
    field.prop("value").await.unwrap().unwrap_or_default()
}

async fn entry(browser: WebDriver, home: String, password: String) {
    browser.goto(format!("{home}/claims")).await.unwrap();
    arrive(&browser, "/login").await;
    sign_in(&browser, &password).await;
    arrive(&browser, "/claims").await;

    // G, N: charge entry. The patient is found by the beginning of a name and picked from the list.
    press(&browser, "gn").await;
    arrive(&browser, "/charges/new").await;
    appear(&browser, "[data-entry] [role=combobox]").await;
    assert_eq!(focused(&browser).await, "patient_account");
    press(&browser, "a").await;
    appear(&browser, ".ahead li").await;
    press(&browser, Key::Down).await;
    press(&browser, Key::Enter).await;
    let account = value(&browser, "patient_account").await;
    assert!(account.starts_with("LF"), "an account was picked, not {account}");

    press(&browser, Key::Tab + "11/20/26").await;
    press(&browser, Key::Tab + "11").await;
    assert_eq!(value(&browser, "service_date").await, "11/20/2026");
    for _ in 0..5 {
        press(&browser, Key::Tab).await;
    }
    assert_eq!(focused(&browser).await, "dx1");
    press(&browser, "I10").await;
    press(&browser, Key::Tab + "E119").await;
    // On to the lines: past C to F, the twisty of G to L, and the first day.
    for _ in 0..20 {
        if focused(&browser).await == "lines.0.procedure" {
            break;
        }
        press(&browser, Key::Tab).await;
    }
    press(&browser, "99213").await;
    press(&browser, Key::Tab + "").await;
    press(&browser, Key::Tab + "ab").await;
    press(&browser, Key::Tab + "1").await;
    press(&browser, Key::Tab + "150").await;
    press(&browser, Key::Enter).await;
    assert_eq!(focused(&browser).await, "lines.1.procedure");
    assert_eq!(value(&browser, "lines.1.date").await, "11/20/2026", "the day is the line's above");

    // Ctrl D copies the line above; the rule about repeated lines stops it while one types.
    control(&browser, "d").await;
    assert_eq!(value(&browser, "lines.1.charge").await, "150");
    let found = appear(&browser, "#findings .finding[data-field='lines.1.procedure']").await;
    assert!(found.text().await.unwrap().contains("repeats line 1"));
    picture(&browser, "charge-entry").await;
    // Not released: nothing was charged, and all that was typed is there.
    control(&browser, Key::Enter).await;
    appear(&browser, ".notice[role=alert]").await;
    assert_eq!(value(&browser, "lines.1.charge").await, "150");
    press(&browser, Key::F2).await;
    assert_eq!(focused(&browser).await, "lines.1.procedure");
    control(&browser, Key::Delete).await;
    for _ in 0..400 {
        if browser.find(By::Css("#findings .finding[data-tone=bad]")).await.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    // What was typed is on the server: the page is left and found again.
    appear(&browser, "#saved:not(:empty)").await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    browser.goto(format!("{home}/charges")).await.unwrap();
    picture(&browser, "charges").await;
    let draft = browser.find(By::Css("a[href^='/charges/new?draft=']")).await.unwrap();
    browser.goto(format!("{home}{}", draft.attr("href").await.unwrap().unwrap())).await.unwrap();
    assert_eq!(value(&browser, "lines.0.charge").await, "150");
    assert_eq!(value(&browser, "lines.1.charge").await, "");
    control(&browser, Key::Enter).await;
    let said = appear(&browser, ".notice[role=status]").await.text().await.unwrap();
    assert!(said.contains("The visit is charged"), "{said}");
}

async fn story(browser: WebDriver, home: String, password: String) {
    // A stranger is led to the login, and from there to what was asked for.
    browser.goto(format!("{home}/claims?view=all")).await.unwrap();
    arrive(&browser, "/login").await;
    picture(&browser, "login").await;
    sign_in(&browser, &password).await;
    arrive(&browser, "/claims").await;
    picture(&browser, "claims").await;

    // J, J, K: the first row; Enter opens its claim.
    press(&browser, "jjk").await;
    let row = browser.find(By::Css("tr.cursor th a")).await.unwrap();
    let first = browser.find(By::Css("tbody tr:first-child th a")).await.unwrap();
    let wanted = first.attr("href").await.unwrap().unwrap();
    assert_eq!(row.attr("href").await.unwrap().unwrap(), wanted);
    press(&browser, Key::Enter).await;
    arrive(&browser, &wanted).await;

    browser.goto(format!("{home}/")).await.unwrap();
    picture(&browser, "dashboard").await;
    browser.goto(format!("{home}/remittances")).await.unwrap();
    picture(&browser, "remittances").await;
    browser.find(By::Css("tbody tr:first-child th a")).await.unwrap().click().await.unwrap();
    arrive(&browser, "/remittances/").await;
    picture(&browser, "remittance").await;

    // From the queue to the claim, and from the amount there to its segment.
    browser.goto(format!("{home}/denials")).await.unwrap();
    picture(&browser, "denials").await;
    let code = text(&browser, ".qitem .plain .code[data-tone=bad] b").await;
    let (group, reason) = code.split_once('-').unwrap();
    browser.find(By::Css(".qitem h2 a")).await.unwrap().click().await.unwrap();
    arrive(&browser, "/claims/").await;
    picture(&browser, "claim").await;
    let mut followed = None;
    for chip in browser.find_all(By::Css("table .code[data-tone=bad]")).await.unwrap() {
        if chip.find(By::Css("b")).await.unwrap().text().await.unwrap() == code {
            let amount = chip.find(By::Css("data")).await.unwrap().attr("value").await.unwrap().unwrap();
            followed = Some((chip.find(By::Css("a.src")).await.unwrap(), amount));
            break;
        }
    }
    let (link, amount) = followed.unwrap_or_else(|| panic!("the claim shows no {code}"));
    link.click().await.unwrap();
    arrive(&browser, "/files/").await;
    picture(&browser, "segment").await;
    let lit = browser.find_all(By::Css(".x12 li.hit")).await.unwrap();
    assert_eq!(lit.len(), 1, "one segment is lit");
    let segment = lit[0].find(By::Css("code")).await.unwrap().text().await.unwrap();
    let elements: Vec<&str> = segment.trim_end_matches('~').split('*').collect();
    assert_eq!(elements[..2], ["CAS", group], "{segment}");
    let at = elements.iter().position(|element| *element == reason).unwrap();
    assert_eq!(elements[at + 1].parse::<Money>().unwrap(), amount.parse::<Money>().unwrap(), "{segment}");
}
