alter table claim_standings add foreign key (checked_with) references code_bases (id);
drop trigger rechecked_with_known_lists on claim_standings;
drop trigger checked_with_known_lists on claim_standings;
drop function refuse_unknown_code_bases();

drop trigger append_only_table on claim_standings;
drop trigger append_only_rows on claim_standings;

alter table claim_events
    add foreign key (organization_id, claim_id) references claim_standings (organization_id, claim_id);
drop trigger events_have_claims on claim_events;
drop function refuse_events_of_no_claim();
