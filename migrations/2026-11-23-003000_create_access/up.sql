create table users (
    id uuid primary key,
    email text not null unique
        check (email = lower(email) and email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 254),
    name text not null check (name = btrim(name) and char_length(name) between 1 and 100),
    password_hash text not null check (password_hash like '$argon2id$%'),
    disabled_at timestamptz,
    created_at timestamptz not null default now()
);
comment on table users is
    'People who sign in. No row level security, because a login comes before any practice; a person may work for several.';
comment on column users.password_hash is 'Argon2id in PHC string format, parameters and salt included.';
comment on column users.disabled_at is 'Since when this person may not sign in anywhere.';
grant select, insert on users to firstpass_service;
grant update (name, password_hash, disabled_at) on users to firstpass_service;

create table memberships (
    organization_id uuid not null references organizations (id),
    user_id uuid not null references users (id),
    role text not null check (role in ('biller', 'poster', 'reviewer', 'manager', 'admin')),
    created_at timestamptz not null default now(),
    primary key (organization_id, user_id)
);
create index memberships_by_user on memberships (user_id, created_at);
comment on table memberships is 'Which person works for which practice, and as what. Ending one ends its sessions.';
grant select, insert, delete on memberships to firstpass_service;
grant update (role) on memberships to firstpass_service;

create table sessions (
    id uuid primary key,
    organization_id uuid not null,
    user_id uuid not null,
    token_sha256 bytea not null unique check (octet_length(token_sha256) = 32),
    csrf_token text not null check (char_length(csrf_token) = 64),
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    foreign key (organization_id, user_id) references memberships (organization_id, user_id) on delete cascade
);
create index sessions_by_membership on sessions (organization_id, user_id);
create index sessions_by_end on sessions (expires_at);
comment on table sessions is 'Signed-in browsers. No row level security: the cookie is what finds the practice.';
comment on column sessions.token_sha256 is 'Hash of what the cookie holds; the token itself is stored nowhere.';
comment on column sessions.csrf_token is 'What a form of this session must send along.';
comment on column sessions.last_seen_at is 'To the minute; a session that rests too long is over.';
grant select, insert, delete on sessions to firstpass_service;
grant update (last_seen_at) on sessions to firstpass_service;

create table api_keys (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    name text not null check (name = btrim(name) and char_length(name) between 1 and 100),
    prefix text not null check (prefix ~ '^fpk_[0-9a-f]{8}$'),
    key_sha256 bytea not null unique check (octet_length(key_sha256) = 32),
    role text not null check (role in ('biller', 'poster', 'reviewer', 'manager', 'admin')),
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
create index api_keys_by_organization on api_keys (organization_id, name);
comment on table api_keys is 'Keys of a practice''s own programs. No row level security: the key is what finds the practice.';
comment on column api_keys.prefix is 'The beginning of the key, to tell keys apart; the rest is shown once and stored nowhere.';
comment on column api_keys.key_sha256 is 'Hash of the whole key: 256 random bits need no slow hash.';
grant select, insert on api_keys to firstpass_service;
grant update (revoked_at) on api_keys to firstpass_service;
