-- Rules that a practice writes and grades itself. Nothing here is ever changed: a version, a
-- release, a grade or a list is added, so any past day's rules can be put together again.

create table scrub_rules (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    slug text not null check (slug ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and char_length(slug) between 3 and 60),
    created_at timestamptz not null,
    created_by text not null check (created_by ~ '^(usr|key)_[0-9a-z]{26}$' or created_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    unique (organization_id, slug)
);
comment on table scrub_rules is 'Rules that the practice wrote; what each says is in its versions.';
comment on column scrub_rules.slug is 'A finding names the rule practice/ and this.';
select tenant_table('scrub_rules');
select append_only('scrub_rules');

create table scrub_rule_versions (
    organization_id uuid not null,
    rule_id uuid not null,
    version integer not null check (version between 1 and 65535),
    -- Versions have no gaps: each but the first refers to the one before.
    previous integer generated always as (nullif(version - 1, 0)) stored,
    definition jsonb not null check (jsonb_typeof(definition) = 'object' and octet_length(definition::text) <= 65536),
    saved_at timestamptz not null,
    saved_by text not null check (saved_by ~ '^(usr|key)_[0-9a-z]{26}$' or saved_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, rule_id, version),
    foreign key (organization_id, rule_id) references scrub_rules (organization_id, id),
    foreign key (organization_id, rule_id, previous) references scrub_rule_versions (organization_id, rule_id, version)
);
comment on table scrub_rule_versions is 'Everything that a rule ever said; a draft is a version that no release names.';
comment on column scrub_rule_versions.definition is 'Scope, conditions, message, severity: as the API shows it.';
select tenant_table('scrub_rule_versions');
select append_only('scrub_rule_versions');

create table scrub_rule_releases (
    organization_id uuid not null,
    rule_id uuid not null,
    release_no integer not null check (release_no >= 1),
    previous integer generated always as (nullif(release_no - 1, 0)) stored,
    version integer,
    reason text not null check (char_length(reason) <= 500),
    released_at timestamptz not null,
    released_by text not null check (released_by ~ '^(usr|key)_[0-9a-z]{26}$' or released_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, rule_id, release_no),
    foreign key (organization_id, rule_id, version) references scrub_rule_versions (organization_id, rule_id, version),
    foreign key (organization_id, rule_id, previous) references scrub_rule_releases (organization_id, rule_id, release_no),
    foreign key (organization_id, rule_id) references scrub_rules (organization_id, id)
);
comment on table scrub_rule_releases is
    'Which version of a rule is asked since when: that of the newest release, so one at a time.';
comment on column scrub_rule_releases.version is 'Null: the rule is retired.';
select tenant_table('scrub_rule_releases');
select append_only('scrub_rule_releases');

create table scrub_rule_grades (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    rule text not null check (rule ~ '^[a-z0-9]+/[a-z0-9-]+$' and char_length(rule) <= 80),
    payer_id uuid,
    grade text check (grade in ('off', 'note', 'warn', 'stop')),
    reason text not null check (char_length(btrim(reason)) between 1 and 500),
    graded_at timestamptz not null,
    graded_by text not null check (graded_by ~ '^(usr|key)_[0-9a-z]{26}$' or graded_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    foreign key (organization_id, payer_id) references payers (organization_id, id)
);
create index scrub_rule_grades_standing on scrub_rule_grades (organization_id, rule, payer_id, id desc);
comment on table scrub_rule_grades is
    'How the practice grades rules, built in or its own: the newest row for a rule and payer counts.';
comment on column scrub_rule_grades.payer_id is 'Null: for every payer that has no grade of its own.';
comment on column scrub_rule_grades.grade is 'Null: no grade any more; what is more general counts again.';
select tenant_table('scrub_rule_grades');
select append_only('scrub_rule_grades');

create table scrub_code_lists (
    organization_id uuid not null references organizations (id),
    name text not null check (name ~ '^[A-Za-z0-9]([A-Za-z0-9 /&+._-]{0,58}[A-Za-z0-9])?$'),
    version integer not null check (version between 1 and 65535),
    previous integer generated always as (nullif(version - 1, 0)) stored,
    entries text[] not null check (cardinality(entries) between 1 and 2000),
    saved_at timestamptz not null,
    saved_by text not null check (saved_by ~ '^(usr|key)_[0-9a-z]{26}$' or saved_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, name, version),
    foreign key (organization_id, name, previous) references scrub_code_lists (organization_id, name, version)
);
comment on table scrub_code_lists is 'Named lists of codes that rules refer to: the newest version of a name counts.';
comment on column scrub_code_lists.entries is 'Codes, ranges (99202-99215) and beginnings (993*).';
select tenant_table('scrub_code_lists');
select append_only('scrub_code_lists');
