using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Appliance.Web.Certificates.Acme;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>What was issued and cannot be stored: where it is kept, and for how long.</summary>
public sealed class UnstoredCertificatesTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("appliance-unstored-").FullName;
    private ConsoleUnderTest _console = null!; // started before each test

    private string Place => Path.Combine(_data, "acme");

    public async Task InitializeAsync() => _console = await ConsoleUnderTest.StartAsync();

    public async Task DisposeAsync()
    {
        await _console.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Keep_FolderCannotBeWritten_IsInMemoryUntilItCan()
    {
        var issued = await IssuedAsync();
        File.WriteAllText(Place, "in the way");
        var kept = Unstored();
        kept.Keep(issued);
        kept.Refused(issued.Order.Id, "full").ShouldNotBeNull().ShouldStartWith("in memory alone");
        kept.Refused(issued.Order.Id, "full").ShouldBeNull("that was told");

        File.Delete(Place);
        kept.Refused(issued.Order.Id, "full").ShouldBe("sealed in the data folder");
        kept.Of(issued.Order.Id).ShouldNotBeNull().Problem.ShouldBe("full");
        kept.Forget(issued.Order.Id);
        (kept.Of(issued.Order.Id), Directory.GetFiles(Place).Length).ShouldBe((null, 0));
    }

    [Fact]
    public async Task Load_WhatAnotherProcessKept_IsThereAndGoesWithItsCertificate()
    {
        var issued = await IssuedAsync();
        Unstored().Keep(issued);
        var file = Directory.GetFiles(Place).ShouldHaveSingleItem();
        // for another certificate: opened by nobody
        File.WriteAllBytes(Path.Combine(Place, $"{Guid.NewGuid():N}.sealed"), File.ReadAllBytes(file));

        var next = Unstored();
        next.Load();
        next.All.ShouldHaveSingleItem().Material.Chain.ShouldBe(issued.Material.Chain);
        next.Clean(new HashSet<Guid>());
        (next.All.Count, Directory.GetFiles(Place).Length).ShouldBe((0, 0));
    }

    private UnstoredCertificates Unstored() =>
        new(Place, _console.Services.GetRequiredService<CertificateStore>().Orders, NullLogger<UnstoredCertificates>.Instance);

    private async Task<IssuedCertificate> IssuedAsync()
    {
        var order = new AcmeOrder { DirectoryUrl = AcmeOrder.KnownDirectories[0] };
        var row = (
            await _console
                .Services.GetRequiredService<CertificateStore>()
                .OrderAsync("a", ["a.example.com"], order, AcmeSecrets.None, Actor.Local("boss"), default)
        )
            .ShouldBeOfType<CertificateResult.Done>()
            .Row;
        var (chain, key, _) = Issue.Pem(["a.example.com"]);
        return new(
            row,
            CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>()),
            null
        );
    }
}
