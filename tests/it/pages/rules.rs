//! `/rules` and below: plain forms, without a script.

use actix_web::http::Method;
use firstpass::access::Role;
use firstpass::scrub::trials;

use super::{Answered, Office, office};

/// The fields of a rule that every visit by 20610 needs an authorization.
const RULE: &str = "act=save&title=Injections+need+authorization&severity=stop&each=line\
    &message=an+injection+without+authorization&next=Ask+for+one.&carcs=197&join=all&g0-mode=all\
    &g0-0-field=procedure&g0-0-op=is&g0-0-value=20610\
    &g0-1-field=line_authorization&g0-1-op=is_missing&g0-1-value=\
    &g0-2-field=&g0-2-op=is&g0-2-value=&filing_indicators=&from=&to=&point_at=&json=";

async fn send(office: &Office, target: &str, fields: &str) -> Answered {
    let key = uuid::Uuid::now_v7();
    office.send(Method::POST, target, &format!("idempotency_key={key}&seen=1&{fields}")).await
}

async fn manager() -> Office {
    let mut office = office().await;
    let actor = office.actor.clone();
    office.act(&actor, Role::Manager).await;
    office
}

async fn written(office: &Office) -> String {
    let saved = send(office, "/rules/new", &format!("name=injection&{RULE}")).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    saved.location
}

#[tokio::test]
async fn a_rule_is_written_in_a_form_back_tested_published_and_graded() {
    let office = manager().await;
    office.get("/rules/new").await.has(&[
        "<h1>Write a rule</h1>",
        "Prior authorization of the line",
        "is none of",
    ]);
    let rule = written(&office).await;
    let page = office.get(&rule).await;
    page.has(&[
        "practice/injection",
        "Procedure is one of 20610 and Prior authorization of the line is missing",
        "Publish version 1",
        "Asked of every claim",
    ]);
    let tested = office.get(&format!("{rule}?test=1&from=2026-03-01&to=2026-03-31")).await;
    // The one claim: 165.00 denied by CO-197, 120.00 paid.
    tested.has(&[
        "Of 1 claim, version 1 would have stopped <b>1</b>",
        "<dt>were denied for 197</dt><dd data-tone=\"ok\"><b class=\"tone\">1</b>",
        "165.00</data> denied: caught in time",
        "denied for it",
    ]);
    let tried = office.get(&format!("{rule}?claim={}", office.claim)).await;
    tried.has(&["an injection without authorization", "2400 SV101-2, found 20610"]);
    let by_number = office.get(&format!("{rule}?claim={}", office.number)).await;
    by_number.has(&["an injection without authorization", &format!("/claims/{}", office.claim)]);
    let unknown = office.get(&format!("{rule}?claim=77")).await;
    unknown.has(&["no claim has this id, or was sent under this number"]);

    let published = send(&office, &format!("{rule}/publish"), "version=1&release=0").await;
    assert_eq!((published.status, published.location.as_str()), (303, rule.as_str()));
    let again = send(&office, &format!("{rule}/publish"), "version=1&release=0").await;
    assert_eq!(again.status, 409);
    office.get(&rule).await.has(&["published, version 1", "Version 1 published", "Retire"]);

    let grade =
        send(&office, "/rules/grades", "rule=practice/injection&payer=&grade=warn&reason=trial").await;
    assert_eq!((grade.status, grade.location.as_str()), (303, rule.as_str()));
    office.get(&rule).await.has(&["warn for every payer", "trial"]);
    office.get("/rules?kind=own").await.has(&["practice/injection", "Injections need authorization", "warn"]);

    let retired = send(&office, &format!("{rule}/retire"), "release=1").await;
    assert_eq!(retired.status, 303);
    office.get(&rule).await.has(&["retired", "Publish version 1"]);
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_row_and_nothing_is_saved() {
    let office = manager().await;
    let wrong = RULE.replace(
        "g0-0-field=procedure&g0-0-op=is&g0-0-value=20610",
        "g0-0-field=units&g0-0-op=more_than&g0-0-value=many",
    );
    let again = send(&office, "/rules/new", &format!("name=injection&{wrong}")).await;
    assert_eq!(again.status, 422);
    again.has(&[
        "a number such as 12 or 99.50 is needed",
        "value=\"many\"",
        "value=\"Injections need authorization\"",
    ]);
    let named = send(&office, "/rules/new", &format!("name=No+Name&{RULE}")).await;
    assert_eq!(named.status, 422);
    named.has(&["lower case letters and digits"]);
    let empty =
        send(&office, "/rules/new", &RULE.replace("title=Injections+need+authorization", "title=+")).await;
    empty.has(&["<code>/title</code> one line of 1 to 100 characters is needed"]);
    let rules = office.get("/rules?kind=own").await;
    rules.has(&["No rule has these words."]);
}

#[tokio::test]
async fn rows_and_groups_are_added_without_a_script() {
    let office = manager().await;
    let more = RULE.replace("act=save", "act=row-0");
    let more = send(&office, "/rules/new", &format!("name=injection&{more}")).await;
    assert_eq!(more.status, 200);
    more.has(&["name=\"g0-3-field\"", "value=\"20610\""]);
    let group = RULE.replace("act=save", "act=group");
    let group = send(&office, "/rules/new", &format!("name=injection&{group}")).await;
    group.has(&["name=\"g1-mode\"", "name=\"g1-1-value\"", "every group holds"]);

    let rule = written(&office).await;
    let saved = send(&office, &rule, &RULE.replace("20610", "20605,+20610")).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    office.get(&rule).await.has(&["value=\"20605, 20610\"", "Version 2 saved", "Publish version 2"]);
    let stale = send(&office, &rule, &RULE.replace("20610", "20611")).await;
    assert_eq!(stale.status, 409, "somebody saved version 2 meanwhile");
}

#[tokio::test]
async fn a_condition_that_no_form_has_is_written_as_json() {
    let office = manager().await;
    let json = "%7B%22not%22%3A%7B%22not%22%3A%7B%22test%22%3A%7B%22field%22%3A%22units%22%2C%22op%22%3A%22more_than%22%2C%22values%22%3A%5B%229%22%5D%7D%7D%7D%7D";
    let fields = RULE.replace("&json=", &format!("&uses_json=1&json={json}"));
    let saved = send(&office, "/rules/new", &format!("name=deep&{fields}")).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    let page = office.get(&saved.location).await;
    page.has(&[
        "not (not (Units is more than 9))",
        "name=\"uses_json\" value=\"1\" checked",
        "&#34;more_than&#34;",
    ]);
    let broken = RULE.replace("&json=", "&uses_json=1&json=%7B");
    assert_eq!(send(&office, "/rules/new", &format!("name=broken&{broken}")).await.status, 422);
}

#[tokio::test]
async fn a_built_in_rule_has_its_source_a_back_test_and_grades() {
    let office = manager().await;
    let list = office.get("/rules?q=zip").await;
    let page = office.get(&list.link("/rules/built-in/zip-plus-four")).await;
    page.has(&["<h1>scrub/zip-plus-four</h1>", "Not graded", "N403", "Back-test"]);
    let graded =
        send(&office, "/rules/grades", "rule=scrub/zip-plus-four&payer=&grade=off&reason=nobody+asks").await;
    assert_eq!(graded.location, "/rules/built-in/zip-plus-four");
    office.get("/rules?kind=graded").await.has(&["scrub/zip-plus-four"]);
    office
        .get("/rules/built-in/diagnosis-code?test=1&from=2026-03-01&to=2026-03-31")
        .await
        .has(&["Of 1 claim"]);
    assert_eq!(office.get("/rules/built-in/no-such").await.status, 404);
}

#[tokio::test]
async fn lists_and_what_if_have_pages() {
    let office = manager().await;
    let saved = send(&office, "/rules/lists", "name=Injections&entries=20600-20611").await;
    // The version that was seen is 1 and there is none yet.
    assert_eq!(saved.status, 409);
    let key = uuid::Uuid::now_v7();
    let fields = format!("idempotency_key={key}&name=Injections&seen=0&entries=20600-20611");
    assert_eq!(office.send(Method::POST, "/rules/lists", &fields).await.status, 303);
    office.get("/rules/lists").await.has(&["Injections", "20600-20611", "Save as version 2"]);
    let listed = RULE.replace("g0-0-op=is&g0-0-value=20610", "g0-0-op=in_list&g0-0-value=Injections");
    let rule = send(&office, "/rules/new", &format!("name=listed&{listed}")).await.location;
    let id = rule.trim_start_matches("/rules/");
    let page =
        office.get(&format!("/rules/what-if?compare=1&draft={id}&from=2026-03-01&to=2026-03-31")).await;
    page.has(&["<b>1</b> claims differ: <b>1</b> would be stopped", "stop practice/listed: an injection"]);
}

#[tokio::test]
async fn a_biller_reads_rules_and_cannot_change_them() {
    let mut office = manager().await;
    let rule = written(&office).await;
    let actor = office.actor.clone();
    office.act(&actor, Role::Biller).await;
    let page = office.get(&rule).await;
    page.has(&["Try on a claim", "Back-test"]);
    assert!(!page.html.contains("Publish version") && !page.html.contains("Save as version"));
    assert_eq!(office.get("/rules/new").await.status, 403);
    assert_eq!(send(&office, &rule, RULE).await.status, 403);
    assert_eq!(send(&office, &format!("{rule}/publish"), "version=1&release=0").await.status, 403);
}

/// Lets a worker do what waits, until the trial has its result.
async fn work(office: &Office, trial: &str) {
    let id: firstpass::types::RuleTrialId = trial.rsplit('/').next().unwrap().parse().unwrap();
    let done = async {
        loop {
            let kept = office.world.db.snapshot(&office.actor, async |tx| trials::get(tx, id).await).await;
            if kept.unwrap().result.is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let worker = firstpass::work::run(office.app.clone(), firstpass::work::Settings::default(), done);
    Box::pin(worker).await;
}

#[tokio::test]
async fn a_trial_runs_in_the_background_and_its_result_is_kept() {
    let mut office = manager().await;
    let days = "from=2026-03-01&to=2026-03-31";
    let page = office.get(&format!("/rules/built-in/diagnosis-code?test=1&{days}")).await;
    page.has(&[
        "Run it in the background and keep the result",
        r#"name="rule" value="scrub/diagnosis-code""#,
    ]);
    office.get("/rules/trials").await.has(&["None yet"]);

    let asked = send(&office, "/rules/trials", &format!("rule=scrub/diagnosis-code&{days}")).await;
    assert_eq!(asked.status, 303);
    assert!(asked.location.starts_with("/rules/trials/rtr_"), "{}", asked.location);
    office.get(&asked.location).await.has(&["Waiting for a worker", r#"http-equiv="refresh""#]);
    work(&office, &asked.location).await;
    let done = office.get(&asked.location).await;
    done.has(&["Done", "Of 1 claim, version 1 would have stopped <b>0</b>"]);
    assert!(!done.html.contains("http-equiv"), "what is done is not looked at again");

    let what_if = send(&office, "/rules/trials", &format!("grades=scrub/diagnosis-code:off&{days}")).await;
    work(&office, &what_if.location).await;
    office.get(&what_if.location).await.has(&["Done", "1 claims scrubbed twice", "<b>0</b> claims differ"]);
    office.get("/rules/trials").await.has(&[
        "Back-test of scrub/diagnosis-code, services 2026-03-01 to 2026-03-31",
        "What if, services 2026-03-01 to 2026-03-31",
        "done",
    ]);
    let wrong = send(&office, "/rules/trials", "rule=scrub/diagnosis-code&from=yesterday").await;
    assert_eq!(wrong.status, 422);
    let actor = office.actor.clone();
    office.act(&actor, Role::Biller).await;
    assert_eq!(
        send(&office, "/rules/trials", &format!("rule=scrub/diagnosis-code&{days}")).await.status,
        403
    );
    office.get(&asked.location).await.has(&["Of 1 claim"]);
}

#[tokio::test]
async fn a_built_in_rule_is_tried_on_a_claim() {
    let office = manager().await;
    let page = office.get(&format!("/rules/built-in/diagnosis-code?claim={}", office.claim)).await;
    page.has(&["Try on a claim", "It has nothing against this claim.", &format!("/claims/{}", office.claim)]);
    let by_number = office.get(&format!("/rules/built-in/diagnosis-code?claim={}", office.number)).await;
    by_number.has(&["It has nothing against this claim."]);
    let unknown = office.get("/rules/built-in/diagnosis-code?claim=77").await;
    unknown.has(&["no claim has this id, or was sent under this number"]);
}
