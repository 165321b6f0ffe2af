drop table scrub_code_lists;
drop table scrub_rule_grades;
drop table scrub_rule_releases;
drop table scrub_rule_versions;
drop table scrub_rules;
