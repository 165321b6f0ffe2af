-- Two references are asked once for a statement instead of once for each row. The reference of a claim's event
-- to its claim was a third of what writing the event costs, and every claim that is checked, sent, acknowledged
-- or paid writes one; the reference of a standing to the code lists it was checked with was a fifth of writing
-- the standing, though a thousand name the same. What they guarantee stays: a row that names nothing is
-- refused, and what is named cannot go away, because nothing deletes it or changes its key, the owner included.
-- Unlike a reference's own, these triggers fire in a session that replicates, too.

create function refuse_events_of_no_claim() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
begin
    perform from added e
    where (select 1 from public.claim_standings s
           where s.organization_id = e.organization_id and s.claim_id = e.claim_id) is null
    limit 1;
    if found then
        raise foreign_key_violation using
            message = 'an event names a claim that is not there', table = 'claim_events',
            constraint = 'events_have_claims';
    end if;
    return null;
end
$$;
comment on function refuse_events_of_no_claim() is 'The reference of claim_events to claim_standings.';
create trigger events_have_claims after insert on claim_events
    referencing new table as added for each statement execute function refuse_events_of_no_claim();
alter table claim_events enable always trigger events_have_claims;
alter table claim_events drop constraint claim_events_organization_id_claim_id_fkey;

create trigger append_only_rows before delete or update of organization_id, claim_id on claim_standings
    for each row execute function refuse_change();
create trigger append_only_table before truncate on claim_standings
    for each statement execute function refuse_change();
alter table claim_standings enable always trigger append_only_rows;
alter table claim_standings enable always trigger append_only_table;

-- `code_bases` is append-only and of no practice.
create function refuse_unknown_code_bases() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform from (select distinct checked_with from added where checked_with is not null) used
    where not exists (select from public.code_bases b where b.id = used.checked_with);
    if found then
        raise foreign_key_violation using
            message = 'a claim was checked with code lists that are not there', table = 'claim_standings',
            constraint = 'checked_with_known_lists';
    end if;
    return null;
end
$$;
comment on function refuse_unknown_code_bases() is 'The reference of claim_standings to code_bases.';
create trigger checked_with_known_lists after insert on claim_standings
    referencing new table as added for each statement execute function refuse_unknown_code_bases();
create trigger rechecked_with_known_lists after update on claim_standings
    referencing new table as added for each statement execute function refuse_unknown_code_bases();
alter table claim_standings enable always trigger checked_with_known_lists;
alter table claim_standings enable always trigger rechecked_with_known_lists;
alter table claim_standings drop constraint claim_standings_checked_with_fkey;

revoke execute on function refuse_events_of_no_claim(), refuse_unknown_code_bases() from public;
