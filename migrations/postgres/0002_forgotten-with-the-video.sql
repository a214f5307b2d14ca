CREATE TABLE "turn_videos" (
	"turn" bigint NOT NULL,
	"video_id" text NOT NULL,
	CONSTRAINT "turn_videos_video_id_turn_pk" PRIMARY KEY("video_id","turn")
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "video_id" text;--> statement-breakpoint
ALTER TABLE "turn_videos" ADD CONSTRAINT "turn_videos_turn_conversation_turns_sequence_fk" FOREIGN KEY ("turn") REFERENCES "public"."conversation_turns"("sequence") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turn_videos" ADD CONSTRAINT "turn_videos_video_id_videos_id_fk" FOREIGN KEY ("video_id") REFERENCES "public"."videos"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "turn_videos_turn" ON "turn_videos" USING btree ("turn");--> statement-breakpoint
DELETE FROM "webhook_deliveries" WHERE "body" #>> '{data,videoId}' NOT IN (SELECT "id" FROM "videos");--> statement-breakpoint
UPDATE "webhook_deliveries" SET "video_id" = "body" #>> '{data,videoId}';--> statement-breakpoint
DELETE FROM "conversation_turns" WHERE EXISTS (SELECT 1 FROM json_array_elements_text("clip_ids") AS "cited" WHERE "cited"::bigint NOT IN (SELECT "id" FROM "clips"));--> statement-breakpoint
DELETE FROM "conversations" WHERE "id" NOT IN (SELECT "conversation_id" FROM "conversation_turns");--> statement-breakpoint
INSERT INTO "turn_videos" SELECT DISTINCT "conversation_turns"."sequence", "clips"."video_id" FROM "conversation_turns" CROSS JOIN json_array_elements_text("conversation_turns"."clip_ids") AS "cited" JOIN "clips" ON "clips"."id" = "cited"::bigint;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_video_id_videos_id_fk" FOREIGN KEY ("video_id") REFERENCES "public"."videos"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_video_id" ON "webhook_deliveries" USING btree ("video_id");
