//! Every route: whom it lets in.

use firstpass::access::{Permission, Role};
use firstpass::routes;
use firstpass::web::Needs;

use crate::support;

/// A path with something in the place of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_stranger_reaches_the_login_and_nothing_of_a_practice() {
    let world = support::world().await;
    let service = world.serve();
    let mut open = vec![];
    for route in routes::all() {
        let path = filled(route.path);
        let reply = service.send(route.method.as_str(), &path, &[], "").await;
        if route.needs == Needs::Nothing {
            open.push(format!("{} {}", route.method, route.path));
            continue;
        }
        let expected = if path.starts_with("/api/") { 401 } else { 303 };
        assert_eq!(reply.status, expected, "{} {path}", route.method);
    }
    assert_eq!(open, ["GET /healthz", "GET /assets/{name}", "GET /login", "POST /login"]);
    let made_up = service.get("/", &["Cookie: firstpass_session=00"]).await;
    assert_eq!(made_up.status, 303);
}

#[tokio::test]
async fn a_role_without_the_permission_is_refused_and_one_with_it_is_not() {
    let world = support::world().await;
    let elm = world.organization("Elm").await;
    let service = world.serve();
    for role in Role::ALL {
        let bearer = format!("Authorization: Bearer {}", world.key(&elm, role).await);
        for route in routes::all() {
            let (method, path) = (route.method.as_str(), filled(route.path));
            let may = match route.needs {
                Needs::Nothing => continue,
                Needs::Login => true,
                Needs::To(permission) => role.may(permission),
            };
            let reply = service.send(method, &path, &[&bearer], "").await;
            assert_eq!(reply.status == 403, !may, "{role}: {method} {path} gave {}", reply.status);
            assert_ne!(reply.status, 401, "{role}: {method} {path}");
        }
    }
}

#[test]
fn what_each_role_may_do_is_written_down() {
    use Permission as P;
    let all = [
        P::ViewDashboard,
        P::ViewClaims,
        P::ViewRemittances,
        P::ViewDenials,
        P::ViewLedger,
        P::ImportCharges,
        P::WorkClaims,
        P::PostRemittances,
        P::WorkDenials,
        P::ManageRules,
        P::ManagePosting,
        P::ManageContracts,
        P::KeepPatients,
        P::ManageRegistry,
        P::CloseBooks,
        P::ManageAccess,
        P::ManageCodes,
    ];
    let line = |role: Role| all.map(|permission| if role.may(permission) { 'x' } else { '.' });
    let table = Role::ALL.map(|role| line(role).iter().collect::<String>());
    // claims, remittances, denials and totals | ledger | charges, claims | post | denials | rules, posting, contracts, patients, providers and payers, books | access, codes
    assert_eq!(
        table,
        [
            "xxxx.xx.x...x....",
            "xxxxx..x.........",
            "xxxxx............",
            "xxxxxxxxxxxxxxx..",
            "xxxxxxxxxxxxxxxxx",
        ]
    );
}
