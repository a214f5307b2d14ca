-- What drizzle has no words for, written by hand.

-- Vectors are noise to a compressor: out of line, as they are.
ALTER TABLE "clips" ALTER COLUMN "vector" SET STORAGE EXTERNAL;
--> statement-breakpoint
-- English stems, and no word that is passed over: who looks for "the who" means it.
CREATE TEXT SEARCH DICTIONARY "videre_stem" (TEMPLATE = snowball, LANGUAGE = english);
--> statement-breakpoint
CREATE TEXT SEARCH CONFIGURATION "videre" (COPY = simple);
--> statement-breakpoint
ALTER TEXT SEARCH CONFIGURATION "videre" ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart WITH "videre_stem";
--> statement-breakpoint
-- Letters without their accents, and punctuation as blanks, so that no parser takes an address or a number with a point for one word.
CREATE FUNCTION "videre_plain"(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT regexp_replace(regexp_replace(normalize(coalesce(said, ''), NFKD), '[\u0300-\u036F]', '', 'g'), '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u2000-\u206F]+', ' ', 'g')
$$;
--> statement-breakpoint
-- The words of each video: one row a video, kept in step by triggers.
CREATE TABLE "video_words" (
	"video_id" text PRIMARY KEY REFERENCES "videos"("id") ON DELETE CASCADE,
	"words" tsvector NOT NULL
);
--> statement-breakpoint
CREATE INDEX "video_words_words" ON "video_words" USING gin ("words");
--> statement-breakpoint
CREATE FUNCTION "videre_write_words"(told text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO "video_words" ("video_id", "words")
	SELECT
		"videos"."id",
		setweight(to_tsvector('videre', videre_plain("title" || ' ' || array_to_string("tags", ' '))), 'A')
		|| setweight(to_tsvector('videre', videre_plain("description")), 'B')
		|| setweight(to_tsvector('videre', videre_plain((
			SELECT string_agg("captions"."text", ' ') FROM "captions" JOIN "clips" ON "clips"."id" = "captions"."clip_id" WHERE "clips"."video_id" = "videos"."id"
		))), 'D')
	FROM "videos" WHERE "videos"."id" = told
	ON CONFLICT ("video_id") DO UPDATE SET "words" = excluded."words"
$$;
--> statement-breakpoint
CREATE FUNCTION "videre_words_of_video"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM videre_write_words(NEW."id");
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "video_words_of_video" AFTER INSERT OR UPDATE OF "title", "tags", "description" ON "videos" FOR EACH ROW EXECUTE FUNCTION "videre_words_of_video"();
--> statement-breakpoint
-- The clip of a caption that goes because its video does is not there any more, and neither are its words.
CREATE FUNCTION "videre_words_of_caption"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM videre_write_words("video_id") FROM "clips" WHERE "id" = coalesce(NEW."clip_id", OLD."clip_id");
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "video_words_of_caption" AFTER INSERT OR UPDATE OR DELETE ON "captions" FOR EACH ROW EXECUTE FUNCTION "videre_words_of_caption"();
--> statement-breakpoint
-- Other processes hear of what changed when it is committed; of several changes in a transaction they hear once.
CREATE FUNCTION "videre_tell_of_jobs"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('videre_jobs', '');
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "videre_job_events_told" AFTER INSERT ON "job_events" FOR EACH STATEMENT EXECUTE FUNCTION "videre_tell_of_jobs"();
--> statement-breakpoint
CREATE TRIGGER "videre_jobs_cancelled" AFTER UPDATE OF "cancel_requested" ON "jobs" FOR EACH STATEMENT EXECUTE FUNCTION "videre_tell_of_jobs"();
--> statement-breakpoint
CREATE TRIGGER "videre_jobs_deleted" AFTER DELETE ON "jobs" FOR EACH STATEMENT EXECUTE FUNCTION "videre_tell_of_jobs"();
--> statement-breakpoint
CREATE FUNCTION "videre_tell_of_model"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('videre_model', '');
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "videre_model_chosen" AFTER INSERT OR UPDATE ON "library_models" FOR EACH STATEMENT EXECUTE FUNCTION "videre_tell_of_model"();
