-- What a batch asks for is what its claims ask for when their file leaves. They may be corrected afterwards, so it
-- cannot be found out later whether that is true: it is compared when the batch is made, and changes no more.
create function refuse_other_than_its_claims() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    placed bigint;
    asked numeric;
begin
    select count(*), coalesce(sum(c.charged), 0) into placed, asked
    from public.submissions s
    join public.claims c on c.organization_id = s.organization_id and c.id = s.claim_id
    where s.organization_id = new.organization_id and s.batch_id = new.id;
    if placed <> new.claims or asked <> new.charged then
        raise check_violation using
            message = 'a batch asks for something else than its claims', table = tg_table_name, constraint = tg_name;
    end if;
    return null;
end
$$;
comment on function refuse_other_than_its_claims() is
    'Claims and charge of a new batch are those of its submissions, once its transaction has placed them.';
revoke execute on function refuse_other_than_its_claims() from public;

create constraint trigger asks_for_its_claims after insert on batches deferrable initially deferred
    for each row execute function refuse_other_than_its_claims();
create trigger append_only_rows
    before delete or update of organization_id, id, payer_id, file_id, interchange_control_number,
        group_control_number, transaction_reference, claims, charged
    on batches for each row execute function refuse_change();
create trigger append_only_table before truncate on batches
    for each statement execute function refuse_change();
alter table batches enable always trigger asks_for_its_claims;
alter table batches enable always trigger append_only_rows;
alter table batches enable always trigger append_only_table;

-- A claim stays in the batch in which it left.
create trigger stays_in_its_batch before update of batch_id on submissions
    for each row when (old.batch_id is not null and new.batch_id is distinct from old.batch_id)
    execute function refuse_change();
alter table submissions enable always trigger stays_in_its_batch;
