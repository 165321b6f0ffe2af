create or replace function refuse_reversal_of_a_reversal() returns trigger
language plpgsql as $$
begin
    if exists (select from entries
        where organization_id = new.organization_id and id = new.reverses_id and reverses_id is not null) then
        raise exception 'entry % reverses a reversal', new.id using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
