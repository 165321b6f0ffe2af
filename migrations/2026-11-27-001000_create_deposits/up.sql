-- What a practice's bank says came in, and which remittances that money is.

create table bank_accounts (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    last_four text check (last_four ~ '^[0-9]{1,4}$'),
    primary key (organization_id, id)
);
create unique index bank_accounts_by_name on bank_accounts (organization_id, lower(name));
comment on table bank_accounts is 'Where a practice is paid. Of the number only the last digits are kept.';
select tenant_table('bank_accounts');

create table deposits (
    organization_id uuid not null,
    id uuid not null,
    bank_account_id uuid not null,
    file_id uuid not null,
    first_byte bigint not null check (first_byte >= 0),
    last_byte bigint not null check (last_byte >= first_byte),
    deposited_on date not null,
    amount numeric(14,2) not null check (amount > 0),
    kind text not null check (kind in ('ach', 'check', 'wire', 'other')),
    trace_number text check (trace_number <> ''),
    payer_trace_id text check (payer_trace_id <> ''),
    reference text not null,
    ordinal integer not null check (ordinal >= 1),
    description text not null,
    imported_at timestamptz not null default now(),
    primary key (organization_id, id),
    constraint deposits_once unique (organization_id, bank_account_id, deposited_on, amount, reference, ordinal),
    foreign key (organization_id, bank_account_id) references bank_accounts (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check (payer_trace_id is null or trace_number is not null)
);
create index deposits_by_day on deposits (organization_id, deposited_on, id);
comment on table deposits is 'Credits of a bank''s files, one row each, as the bank said them.';
comment on column deposits.trace_number is 'TRN02 of an EFT (CCD+ addenda), or the number of a check.';
comment on column deposits.payer_trace_id is 'TRN03 of an EFT: who pays, 1 and a tax id.';
comment on column deposits.reference is
    'What tells it apart from another of its day and amount: the trace, else the bank''s reference, else its text.';
comment on column deposits.ordinal is 'Which one of those that look alike in one file, from 1.';
select tenant_table('deposits');
select append_only('deposits');

create table deposit_matches (
    organization_id uuid not null,
    id uuid not null,
    deposit_id uuid not null,
    remittance_id uuid not null,
    amount numeric(14,2) not null check (amount <> 0),
    rule text not null check (rule in ('trace', 'check_number', 'person', 'undone', 'unposted')),
    reverses_id uuid,
    matched_by text not null check (matched_by ~ '^(usr|key)_[0-9a-z]{26}$' or matched_by ~ '^system:[a-z0-9_-]+$'),
    matched_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, reverses_id),
    foreign key (organization_id, deposit_id) references deposits (organization_id, id),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, reverses_id) references deposit_matches (organization_id, id),
    constraint what_undoes_takes_off check ((reverses_id is null) = (amount > 0)
        and (reverses_id is null) = (rule in ('trace', 'check_number', 'person')))
);
create index deposit_matches_of_deposit on deposit_matches (organization_id, deposit_id);
create index deposit_matches_of_remittance on deposit_matches (organization_id, remittance_id);
comment on table deposit_matches is
    'How much of a deposit pays a remittance, by a rule or by a person. Undone by a row of the opposite amount.';
select tenant_table('deposit_matches');
select append_only('deposit_matches');

create function deposit_match_fits() returns trigger
language plpgsql as $$
declare
    undone record;
begin
    -- Two matches of one practice at once would each see the money as free.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'deposits are matched in read committed transactions only'
            using errcode = 'invalid_transaction_state';
    end if;
    perform pg_advisory_xact_lock(hashtext('firstpass deposits'), hashtext(new.organization_id::text));
    if new.reverses_id is not null then
        select m.deposit_id, m.remittance_id, m.amount, m.reverses_id into undone from public.deposit_matches m
            where m.organization_id = new.organization_id and m.id = new.reverses_id;
        if (undone.deposit_id, undone.remittance_id, -undone.amount)
                is distinct from (new.deposit_id, new.remittance_id, new.amount)
            or undone.reverses_id is not null then
            raise exception 'a match is undone by its exact opposite' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if not exists (select from public.remittances r where r.organization_id = new.organization_id
            and r.id = new.remittance_id and r.state in ('posted', 'partly_posted')) then
        raise exception 'remittance % is not posted', new.remittance_id using errcode = 'check_violation';
    end if;
    if new.amount + coalesce((select sum(m.amount) from public.deposit_matches m
            where m.organization_id = new.organization_id and m.deposit_id = new.deposit_id), 0)
        > (select d.amount from public.deposits d
            where d.organization_id = new.organization_id and d.id = new.deposit_id) then
        raise exception 'deposit % has less than is matched', new.deposit_id using errcode = 'check_violation';
    end if;
    if new.amount + coalesce((select sum(m.amount) from public.deposit_matches m
            where m.organization_id = new.organization_id and m.remittance_id = new.remittance_id), 0)
        > (select r.paid from public.remittances r
            where r.organization_id = new.organization_id and r.id = new.remittance_id) then
        raise exception 'remittance % paid less than is matched', new.remittance_id
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
comment on function deposit_match_fits() is
    'No deposit is matched above its amount, no remittance above what it paid (BPR02).';
revoke execute on function deposit_match_fits() from public;
create trigger match_fits before insert on deposit_matches
    for each row execute function deposit_match_fits();

create index remittances_by_plain_trace on remittances (organization_id, ltrim(upper(trace_number), '0'));
