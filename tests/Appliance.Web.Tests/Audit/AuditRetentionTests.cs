using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Audit;
using Appliance.Web.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Audit;

public sealed class AuditRetentionTests
{
    [Fact]
    public async Task Retention_Set_CutsAtTheStartAndDailyAndSaysWho()
    {
        var folder = Directory.CreateTempSubdirectory("appliance-retention-");
        try
        {
            var options = new ApplianceOptions { Data = folder.FullName, AuditKept = TimeSpan.FromDays(90) };
            using var node = await Node.OpenAsync(options, CancellationToken.None);
            for (var number = 0; number < 3; number++)
                await node.Audit.AddAsync(
                    new()
                    {
                        Actor = "ann",
                        From = "local",
                        Action = "sign_in",
                        Target = "ann",
                        Result = "ok",
                    },
                    CancellationToken.None
                );

            var later = new FakeTimeProvider(DateTimeOffset.UtcNow + TimeSpan.FromDays(100));
            var contexts = new Data.ContextFactory(node.Folder.Database);
            using var retention = new AuditRetention(
                new(contexts, later),
                new(options.AuditKept),
                later,
                NullLogger<AuditRetention>.Instance
            );
            await retention.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(async () => await AnchorAsync(node) == 3, "the old ones are gone");
            var left = (await node.Audit.ListAsync(new(), 10, null, Actor.Local("test"), CancellationToken.None)).ShouldHaveSingleItem();
            (left.Actor, left.Action, left.Id).ShouldBe(("retention", "audit.cut", 4));
            (await node.Audit.VerifyAsync(Actor.Local("test"), CancellationToken.None)).ShouldBeOfType<Data.Audit.AuditVerdict.Intact>();

            // What the first cut wrote becomes old itself.
            await Eventually.TrueAsync(
                async () =>
                {
                    later.Advance(TimeSpan.FromDays(91));
                    return await AnchorAsync(node) > 3;
                },
                "it is cut on a later day, too"
            );
            await retention.StopAsync(CancellationToken.None);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Retention_DatabaseAway_DoesNotFault()
    {
        var broken = new Data.ContextFactory("/nowhere/at/all.db");
        using var retention = new AuditRetention(
            new(broken, TimeProvider.System),
            new(TimeSpan.FromDays(1)),
            TimeProvider.System,
            NullLogger<AuditRetention>.Instance
        );
        await retention.StartAsync(CancellationToken.None);
        await retention.StopAsync(CancellationToken.None);
        retention.ExecuteTask.ShouldNotBeNull().IsFaulted.ShouldBeFalse();
    }

    private static async Task<long> AnchorAsync(Node node) =>
        (await node.Audit.ReadChainAsync(Actor.Local("test"), CancellationToken.None)).AnchorId;
}
