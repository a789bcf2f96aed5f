using System.Text.Json;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

public sealed class CertificatesCommandTests(RunningProduct product) : IClassFixture<RunningProduct>
{
    [Fact]
    public async Task Certificates_ByExpiry_AreListedAndTheExitCodeSaysWhatIsSoon()
    {
        var none = await product.RunAsync("certificates");
        (none.ExitCode, none.Output.Trim()).ShouldBe((0, "There is no certificate; HTTPS clients get one that was made at the start."));
        var store = product.Console.Services.GetRequiredService<CertificateStore>();
        var (chain, key, _) = Issue.Pem(["a.example.com", "b.example.com"], days: 20);
        var material = CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
        (
            await store.AddAsync("site", CertificateKind.Uploaded, material, Actor.Local("test"), default)
        ).ShouldBeOfType<CertificateResult.Done>();
        await Eventually.TrueAsync(() => Task.FromResult(product.Console.Proxy.Certificates.Find("site") is not null), "it is served");

        var well = await product.RunAsync("certificates");
        well.ExitCode.ShouldBe(0, well.Errors);
        well.Output.Split('\n')[1].ShouldMatch("^site  a.example.com b.example.com  uploaded  20[0-9-]{8} [0-9:]{5}  served, default$");
        var soon = await product.RunAsync("certificates", "--within", "30d");
        soon.ExitCode.ShouldBe(1);
        soon.Output.ShouldContain("site (a.example.com and 1 other) expires in 19 days.");
        var json = await product.RunAsync("certificates", "--json", "--within", "30d");
        json.ExitCode.ShouldBe(1);
        json.Output.ShouldNotContain("KEY");
        var answer = JsonDocument.Parse(json.Output).RootElement;
        answer.GetProperty("notices").GetArrayLength().ShouldBe(1);
        answer.GetProperty("certificates")[0].GetProperty("status").GetString().ShouldBe("served");
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("")]
    public async Task Within_ThatIsNoTime_IsRefusedWithASentence(string within)
    {
        var run = await product.RunAsync("certificates", "--within", within);
        run.ExitCode.ShouldBe(64);
        run.Errors.ShouldContain("it takes a time");
    }
}
