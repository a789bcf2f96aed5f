using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Appliance.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class TlsPolicies : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "TlsPolicies",
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
                    table.PrimaryKey("PK_TlsPolicies", x => x.RowId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_TlsPolicies_FromRevision",
                table: "TlsPolicies",
                column: "FromRevision");

            migrationBuilder.CreateIndex(
                name: "IX_TlsPolicies_ItemId",
                table: "TlsPolicies",
                column: "ItemId",
                unique: true,
                filter: "\"ToRevision\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_TlsPolicies_ToRevision",
                table: "TlsPolicies",
                column: "ToRevision");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "TlsPolicies");
        }
    }
}
