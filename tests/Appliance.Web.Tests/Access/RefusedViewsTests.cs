using System.Net;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.Audit;
using Appliance.Web.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>What somebody may not have has a line in the audit that says who asked, from where and for what.</summary>
public sealed class RefusedViewsTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private static readonly Actor _boss = Actor.Local("test");

    private AuditStore Audit => product.Console.Services.GetRequiredService<AuditStore>();

    [Theory]
    [InlineData("/people", "page.view")]
    [InlineData("/people/7", "page.view")]
    [InlineData("/people/sign-in-providers", "page.view")]
    [InlineData("/audit?q=secret", "page.view")]
    [InlineData("/audit/export?format=csv", "audit.export")]
    public async Task Request_ByAViewer_IsNotedOnce(string path, string action)
    {
        var viewer = await Somebody.SignInAsync(product.Console.Services, Role.Viewer);
        for (var time = 0; time < 3; time++)
            (await AskAsync(viewer, path)).ShouldBe(HttpStatusCode.Forbidden);
        var line = (await Audit.ListAsync(new() { Actor = viewer.Account.Name }, 10, null, _boss, _none)).ShouldHaveSingleItem();
        (line.From, line.Action, line.Target).ShouldBe(("127.0.0.1", action, path.Split('?')[0]));
        line.Result.ShouldStartWith("not_allowed: ");
    }

    [Fact]
    public async Task Page_WithinACircuit_ByAViewer_IsNotDrawnAndNoted()
    {
        var viewer = await Somebody.SignInAsync(product.Console.Services, Role.Viewer);
        await using var page = await RawPage.OpenAsync(product.Console.Port, viewer.Cookie);
        await page.DrawAsync(await RawPage.MarkersAsync(product.Console.Port, viewer.Cookie), "/people");
        (await page.SeesAsync(text => text.Contains("This page is for administrators", StringComparison.Ordinal))).ShouldBeTrue();
        await Appliance.Testing.Eventually.TrueAsync(
            async () => (await Audit.ListAsync(new() { Actor = viewer.Account.Name }, 10, null, _boss, _none)).Any(),
            "the line is there"
        );
        var line = (await Audit.ListAsync(new() { Actor = viewer.Account.Name }, 10, null, _boss, _none)).ShouldHaveSingleItem();
        (line.From, line.Action, line.Target).ShouldBe(("127.0.0.1", "page.view", "/people"));
    }

    [Fact]
    public async Task Export_RightTakenAwayMeanwhile_EndsAndIsNoted()
    {
        var name = "export" + Guid.NewGuid().ToString("N")[..8];
        for (var number = 0; number < 1_100; number++)
            await Audit.AddAsync(
                new()
                {
                    Actor = name,
                    From = "local",
                    Action = "audit.cut",
                    Target = "",
                    Result = "ok",
                },
                _none
            );
        using var target = new StringWriter();
        var asked = 0;
        Task<Actor> WhoAsync() => Task.FromResult(new Actor(name, "192.0.2.1", ++asked <= 2 ? Grant.All : Grant.Nothing));
        var export = product.Console.Services.GetRequiredService<AuditExport>();
        await Should.ThrowAsync<NotAllowedException>(() =>
            export.WriteAsync(AuditExport.JsonLines, new() { Person = name }, WhoAsync, target, _none)
        );
        target.ToString().Split('\n').Length.ShouldBeInRange(1_000, 1_001, "one batch");
        var line = (await Audit.ListAsync(new() { Actor = name, Action = "audit.export" }, 1, null, _boss, _none))[0];
        (line.Target, line.From).ShouldBe(("audit", "192.0.2.1"));
        line.Result.ShouldStartWith("not_allowed: ");
    }

    private async Task<HttpStatusCode> AskAsync(Somebody who, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{product.Console.Port}{path}")
        {
            Headers = { { "Cookie", who.Cookie }, { "Accept", "text/html" } },
        };
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
