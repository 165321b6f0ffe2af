use crate::support;

#[tokio::test]
async fn a_transaction_that_writes_must_leave_an_audit_event() {
    let world = support::world().await;
    let actor = world.organization("Elm Street Family Practice").await;
    let _ = actor;
}
