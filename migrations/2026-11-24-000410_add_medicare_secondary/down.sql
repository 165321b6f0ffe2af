alter table coverages drop column medicare_secondary;
