create table period_events (
    organization_id uuid not null references organizations (id),
    number bigint not null check (number >= 1),
    event text not null check (event in ('closed', 'reopened', 'locked')),
    closed_through date,
    locked_through date,
    reason text not null check (reason = btrim(reason) and char_length(reason) between 1 and 200),
    actor text not null check (actor ~ '^(usr|key)_[0-9a-z]{26}$' or actor ~ '^system:[a-z0-9_-]+$'),
    occurred_at timestamptz not null default now(),
    primary key (organization_id, number),
    constraint periods_are_months check (
        closed_through = (date_trunc('month', closed_through::timestamp) + interval '1 month - 1 day')::date
        and (locked_through is null
            or locked_through = (date_trunc('month', locked_through::timestamp) + interval '1 month - 1 day')::date)),
    constraint what_is_locked_is_closed check (locked_through is null
        or (closed_through is not null and locked_through <= closed_through)),
    constraint nothing_closed_by_reopening check (event = 'reopened' or closed_through is not null),
    constraint locking_locks check (event <> 'locked' or locked_through is not null)
);
comment on table period_events is
    'Closing, reopening and locking of a practice''s books, months in their order. The newest row says what stands: nothing is booked on or before closed_through, and nothing reopens what is on or before locked_through.';
comment on column period_events.closed_through is 'Last day of the last closed month after this event; null when none is closed any more.';
comment on column period_events.locked_through is 'Last day of the last locked month after this event. Exported months are locked.';
comment on column period_events.reason is 'Why; for an export, what was exported.';

-- Everything is named with its schema here: a session's own temporary table of the same name would
-- be found before ours.

-- A posting holds this lock shared to its end, closing takes it alone: so nothing is booked into a
-- month between the moment it is closed and the moment that posting commits.
create function lock_periods(organization uuid, alone boolean) returns void
language plpgsql as $$
begin
    -- What is read under the lock must be what is committed by then, not an older snapshot.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the books are written in read committed transactions only'
            using errcode = 'invalid_transaction_state';
    end if;
    if alone then
        perform pg_advisory_xact_lock(hashtext('firstpass periods'), hashtext(organization::text));
    else
        perform pg_advisory_xact_lock_shared(hashtext('firstpass periods'), hashtext(organization::text));
    end if;
end
$$;
comment on function lock_periods(uuid, boolean) is
    'Keeps a practice''s periods as they are until the transaction ends; alone, to change them.';

create function books_open_from(organization uuid) returns date
language plpgsql as $$
begin
    perform public.lock_periods(organization, false);
    return coalesce(
        (select closed_through + 1 from public.period_events
         where organization_id = organization order by number desc limit 1),
        '-infinity'::date);
end
$$;
comment on function books_open_from(uuid) is
    'The first day that is in no closed period; -infinity while none is closed. Stands until the transaction ends.';

create function check_period_event() returns trigger
language plpgsql as $$
declare
    before public.period_events;
begin
    perform public.lock_periods(new.organization_id, true);
    select * into before from public.period_events
        where organization_id = new.organization_id order by number desc limit 1;
    if new.number <> coalesce(before.number, 0) + 1 then
        raise exception 'period event % does not follow %', new.number, coalesce(before.number, 0)
            using errcode = 'integrity_constraint_violation';
    end if;
    if coalesce(new.closed_through, '-infinity') < coalesce(before.locked_through, '-infinity')
        or coalesce(new.locked_through, '-infinity') < coalesce(before.locked_through, '-infinity') then
        raise exception 'the books are locked through %', before.locked_through
            using errcode = 'restrict_violation';
    end if;
    -- In parentheses: IF ends at the first THEN outside of them.
    if not (case new.event
        when 'closed' then new.closed_through > coalesce(before.closed_through, '-infinity')
            and new.locked_through is not distinct from before.locked_through
        when 'reopened' then coalesce(new.closed_through, '-infinity') < coalesce(before.closed_through, '-infinity')
            and new.locked_through is not distinct from before.locked_through
        when 'locked' then new.locked_through > coalesce(before.locked_through, '-infinity')
            and new.closed_through is not distinct from before.closed_through
        end) then
        raise exception 'a % event that changes something else, or nothing', new.event
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
comment on function check_period_event() is
    'Events follow each other one by one; a locked month is never open again.';
create trigger event_follows before insert on period_events
    for each row execute function check_period_event();
alter table period_events enable always trigger event_follows;

select tenant_table('period_events');
select append_only('period_events');

-- The expression gives the entries that are there their day: no row is updated.
alter table entries add column booked_on date;
alter table entries alter column booked_on type date using effective_on;
alter table entries alter column booked_on set not null;
alter table entries add constraint booked_when_it_happened_or_later check (booked_on >= effective_on);
comment on column entries.booked_on is
    'The day on which it counts in the books: effective_on, or when that is in a closed period, the first day of the first open one. Balances as of a day count what is booked by then.';
create index entries_by_day on entries (organization_id, booked_on, id);

create function refuse_closed_period() returns trigger
language plpgsql as $$
declare
    owner uuid;
    first_day date;
    open_from date;
begin
    for owner, first_day in select organization_id, min(booked_on) from added group by organization_id loop
        open_from := public.books_open_from(owner);
        if first_day < open_from then
            raise exception 'an entry booked on % is in a closed period: the books are open from %', first_day, open_from
                using errcode = 'restrict_violation', hint = 'A late fact is booked on the first open day.';
        end if;
    end loop;
    return null;
end
$$;
comment on function refuse_closed_period() is 'No entry is booked into a closed period, by nobody.';
create trigger period_is_open after insert on entries
    referencing new table as added for each statement execute function refuse_closed_period();
alter table entries enable always trigger period_is_open;

create function refuse_transfer_into_closed_period() returns trigger
language plpgsql as $$
declare
    owner uuid;
    open_from date;
begin
    for owner in select distinct organization_id from added loop
        open_from := public.books_open_from(owner);
        if open_from > '-infinity' and exists (
            select from added a
            join public.entries e on e.organization_id = a.organization_id and e.id = a.entry_id
            where a.organization_id = owner and e.booked_on < open_from) then
            raise exception 'a transfer of an entry in a closed period: the books are open from %', open_from
                using errcode = 'restrict_violation';
        end if;
    end loop;
    return null;
end
$$;
comment on function refuse_transfer_into_closed_period() is 'Nor does an entry in a closed period move anything more.';
create trigger period_is_open after insert on transfers
    referencing new table as added for each statement execute function refuse_transfer_into_closed_period();
alter table transfers enable always trigger period_is_open;

revoke execute on function lock_periods(uuid, boolean), books_open_from(uuid), check_period_event(),
    refuse_closed_period(), refuse_transfer_into_closed_period() from public;
grant execute on function lock_periods(uuid, boolean), books_open_from(uuid) to firstpass_service;
