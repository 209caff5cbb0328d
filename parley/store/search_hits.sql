-- find_names: the ids of what holds every pattern in its name or title
SELECT f.found_id FROM search_names($1, $2, ARRAY(SELECT lower(p) FROM unnest($3::text[]) p)) f
