alter table submissions
    drop constraint submissions_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claims (organization_id, id);
alter table remit_claims
    drop constraint remit_claims_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claims (organization_id, id);
alter table claim_events
    drop constraint claim_events_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claims (organization_id, id);
alter table claim_standings alter column findings set compression default;
alter table claims alter column content set storage extended;
