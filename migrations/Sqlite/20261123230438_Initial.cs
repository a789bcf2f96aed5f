using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Appliance.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "AuditEntries",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    AtUtc = table.Column<DateTime>(type: "TEXT", nullable: false),
                    Actor = table.Column<string>(type: "TEXT", nullable: false),
                    From = table.Column<string>(type: "TEXT", nullable: false),
                    Action = table.Column<string>(type: "TEXT", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: false),
                    Before = table.Column<string>(type: "TEXT", nullable: true),
                    After = table.Column<string>(type: "TEXT", nullable: true),
                    Result = table.Column<string>(type: "TEXT", nullable: false),
                    PreviousHash = table.Column<string>(type: "TEXT", nullable: true),
                    Hash = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AuditEntries", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "HeaderMaps",
                columns: table => new
                {
                    RowId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ItemId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Position = table.Column<long>(type: "INTEGER", nullable: false),
                    Json = table.Column<string>(type: "TEXT", nullable: false),
                    FromRevision = table.Column<long>(type: "INTEGER", nullable: false),
                    ToRevision = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_HeaderMaps", x => x.RowId);
                });

            migrationBuilder.CreateTable(
                name: "NodeReports",
                columns: table => new
                {
                    Node = table.Column<string>(type: "TEXT", nullable: false),
                    WantedRevision = table.Column<long>(type: "INTEGER", nullable: false),
                    RunningRevision = table.Column<long>(type: "INTEGER", nullable: false),
                    Refusal = table.Column<string>(type: "TEXT", nullable: true),
                    AtUtc = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_NodeReports", x => x.Node);
                });

            migrationBuilder.CreateTable(
                name: "Revisions",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedUtc = table.Column<DateTime>(type: "TEXT", nullable: false),
                    Author = table.Column<string>(type: "TEXT", nullable: false),
                    Comment = table.Column<string>(type: "TEXT", nullable: false),
                    Origin = table.Column<string>(type: "TEXT", nullable: false),
                    Summary = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Revisions", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Routes",
                columns: table => new
                {
                    RowId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ItemId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Position = table.Column<long>(type: "INTEGER", nullable: false),
                    Json = table.Column<string>(type: "TEXT", nullable: false),
                    FromRevision = table.Column<long>(type: "INTEGER", nullable: false),
                    ToRevision = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Routes", x => x.RowId);
                });

            migrationBuilder.CreateTable(
                name: "UpstreamPools",
                columns: table => new
                {
                    RowId = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ItemId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Position = table.Column<long>(type: "INTEGER", nullable: false),
                    Json = table.Column<string>(type: "TEXT", nullable: false),
                    FromRevision = table.Column<long>(type: "INTEGER", nullable: false),
                    ToRevision = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_UpstreamPools", x => x.RowId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_AuditEntries_AtUtc",
                table: "AuditEntries",
                column: "AtUtc");

            migrationBuilder.CreateIndex(
                name: "IX_HeaderMaps_FromRevision",
                table: "HeaderMaps",
                column: "FromRevision");

            migrationBuilder.CreateIndex(
                name: "IX_HeaderMaps_ItemId",
                table: "HeaderMaps",
                column: "ItemId",
                unique: true,
                filter: "\"ToRevision\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_HeaderMaps_ToRevision",
                table: "HeaderMaps",
                column: "ToRevision");

            migrationBuilder.CreateIndex(
                name: "IX_Routes_FromRevision",
                table: "Routes",
                column: "FromRevision");

            migrationBuilder.CreateIndex(
                name: "IX_Routes_ItemId",
                table: "Routes",
                column: "ItemId",
                unique: true,
                filter: "\"ToRevision\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Routes_ToRevision",
                table: "Routes",
                column: "ToRevision");

            migrationBuilder.CreateIndex(
                name: "IX_UpstreamPools_FromRevision",
                table: "UpstreamPools",
                column: "FromRevision");

            migrationBuilder.CreateIndex(
                name: "IX_UpstreamPools_ItemId",
                table: "UpstreamPools",
                column: "ItemId",
                unique: true,
                filter: "\"ToRevision\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_UpstreamPools_ToRevision",
                table: "UpstreamPools",
                column: "ToRevision");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "AuditEntries");

            migrationBuilder.DropTable(
                name: "HeaderMaps");

            migrationBuilder.DropTable(
                name: "NodeReports");

            migrationBuilder.DropTable(
                name: "Revisions");

            migrationBuilder.DropTable(
                name: "Routes");

            migrationBuilder.DropTable(
                name: "UpstreamPools");
        }
    }
}
