alter table accounts add column general_ledger_number text;
alter table accounts
    drop constraint accounts_general_ledger_account_check,
    -- What journal files put between fields or lines would break them.
    add constraint general_ledger_account_is_a_name check (
        char_length(general_ledger_account) between 1 and 60
        and general_ledger_account = btrim(general_ledger_account)
        and general_ledger_account !~ '[[:cntrl:]"]'),
    add constraint general_ledger_number_is_a_number check (general_ledger_number ~ '^[0-9A-Za-z.-]{1,20}$');
comment on column accounts.general_ledger_account is
    'Account of the practice''s own books that exports post to; null: the account''s own name.';
comment on column accounts.general_ledger_number is 'Its number there; null: the account''s own number.';
grant update (general_ledger_number) on accounts to firstpass_service;

create table journal_exports (
    organization_id uuid not null references organizations (id),
    month date not null check (month = date_trunc('month', month::timestamp)::date),
    format text not null check (format in ('iif', 'qbo', 'csv', 'xlsx')),
    file_id uuid not null,
    journal_entries integer not null check (journal_entries >= 0),
    debits numeric(14,2) not null check (debits >= 0),
    credits numeric(14,2) not null check (credits = debits),
    actor text not null check (actor ~ '^(usr|key)_[0-9a-z]{26}$' or actor ~ '^system:[a-z0-9_-]+$'),
    exported_at timestamptz not null default now(),
    primary key (organization_id, month, format),
    foreign key (organization_id, file_id) references files (organization_id, id)
);
comment on table journal_exports is
    'A month''s journal as it was given to the general ledger, once in each form: asked for again, the same file is given.';
comment on column journal_exports.month is 'Its first day.';
comment on column journal_exports.journal_entries is 'Journal entries in the file: one for each day on which something is booked.';

create function export_only_locked() returns trigger
language plpgsql as $$
begin
    if not exists (
        select from (select locked_through from public.period_events
            where organization_id = new.organization_id order by number desc limit 1) standing
        where new.month <= standing.locked_through) then
        raise exception 'the journal of % is not locked', to_char(new.month, 'YYYY-MM')
            using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
comment on function export_only_locked() is 'What was exported never changes any more.';
revoke execute on function export_only_locked() from public;
create trigger month_is_locked before insert on journal_exports
    for each row execute function export_only_locked();
alter table journal_exports enable always trigger month_is_locked;

select tenant_table('journal_exports');
select append_only('journal_exports');
