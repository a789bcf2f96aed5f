using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Tests.Certificates;

public sealed class CertificateFolderTests : IDisposable
{
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData("a.example.com", "exact.pem")]
    [InlineData("A.Example.COM", "exact.pem")]
    [InlineData("b.example.com", "wild.pem")]
    [InlineData("x.b.example.com", "default.pem")]
    [InlineData("example.com", "default.pem")]
    [InlineData("pfx.example.net", "box.pfx")]
    [InlineData("", "default.pem")]
    [InlineData("..", "default.pem")]
    [InlineData("com", "default.pem")]
    public void For_AName_IsExactThenWildcardThenDefault(string name, string file)
    {
        _issued.Write("exact", ["a.example.com"]);
        _issued.Write("wild", ["*.example.com"]);
        _issued.Write("default", ["other.example.org"]);
        _issued.WritePfx("box", ["pfx.example.net"]);
        Folder().Choice.For(name, DateTimeOffset.UtcNow).File.ShouldBe(file);
    }

    [Fact]
    public void For_NoDefaultFile_IsTheFirstByName()
    {
        _issued.Write("b", ["b.example.com"]);
        _issued.Write("a", ["a.example.com"]);
        Folder().Choice.Default.File.ShouldBe("a.pem");
    }

    [Fact]
    public async Task Look_APipeInThePlaceOfAFile_IsSaidAndNotWaitedFor()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _issued.Write("a", ["a.example.com"]);
        _issued.Write("b", ["b.example.com"]);
        File.Delete(Path.Combine(_issued.Folder, "b.pem"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_issued.Folder, "b.pem")]))
            await made.WaitForExitAsync();
        var shelf = await Task.Run(Folder).WaitAsync(TimeSpan.FromSeconds(60));
        shelf.Choice.For("a.example.com", DateTimeOffset.UtcNow).File.ShouldBe("a.pem");
        shelf.Problems.ShouldHaveSingleItem().Sentence.ShouldBe("b.pem cannot be used: b.pem is empty, or no plain file.");
    }

    [Fact]
    public void Expired_BesideOneThatIsNot_GoesBehindItAndIsServedWhereItIsAlone()
    {
        _issued.Write("old", ["a.example.com", "b.example.org"], days: -1);
        _issued.Write("wild", ["*.example.com"]);
        var choice = Folder().Choice;
        choice.For("a.example.com", DateTimeOffset.UtcNow).File.ShouldBe("wild.pem");
        choice.For("b.example.org", DateTimeOffset.UtcNow).File.ShouldBe("old.pem");
    }

    [Fact]
    public void BadFiles_AreNamedAndTheOthersGoOn()
    {
        _issued.Write("good", ["a.example.com"]);
        _issued.Write("mixed", ["b.example.com"], otherKey: true);
        File.WriteAllText(_issued.PathOf("alone.pem"), "x");
        File.WriteAllText(_issued.PathOf("noise.crt"), "noise");
        File.WriteAllText(_issued.PathOf("noise.key"), "noise");
        File.WriteAllText(_issued.PathOf("box.pfx"), "noise");
        File.WriteAllText(_issued.PathOf("a.issuer.crt"), "what lego leaves beside");
        var folder = Folder();
        folder.Choice.All.ShouldHaveSingleItem().File.ShouldBe("good.pem");
        folder.Problems.Select(one => one.File).ShouldBe(["alone.pem", "box.pfx", "mixed.pem", "noise.crt"]);
        folder.Problems.Single(one => one.File == "mixed.pem").Sentence.ShouldContain("belongs to another certificate");
        folder.Problems.Single(one => one.File == "alone.pem").Sentence.ShouldContain("alone.key");
    }

    [Fact]
    public void Renewal_HalfWritten_KeepsTheOneBeforeUntilItIsWhole()
    {
        var before = _issued.Write("a", ["a.example.com"]);
        var folder = Folder();
        _issued.Write("a", ["a.example.com"], days: 91, otherKey: true);
        folder.Look();
        folder.Choice.Default.Certificate.Thumbprint.ShouldBe(before.Thumbprint);
        folder.Problems.ShouldHaveSingleItem();
        var after = _issued.Write("a", ["a.example.com"], days: 92);
        folder.Look();
        folder.Choice.Default.Certificate.Thumbprint.ShouldBe(after.Thumbprint);
        folder.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Renewal_BehindALink_IsSeen()
    {
        var live = Directory.CreateDirectory(_issued.PathOf("live")).FullName;
        var before = _issued.Write("one", ["a.example.com"]);
        Move("one", 1);
        File.CreateSymbolicLink(_issued.PathOf("site.pem"), Path.Combine(live, "site.pem"));
        File.CreateSymbolicLink(_issued.PathOf("site.key"), Path.Combine(live, "site.key"));
        var folder = Folder();
        folder.Choice.Default.Certificate.Thumbprint.ShouldBe(before.Thumbprint);
        var after = _issued.Write("two", ["a.example.com"]);
        Move("two", 2);
        folder.Look();
        folder.Choice.Default.Certificate.Thumbprint.ShouldBe(after.Thumbprint);

        // As certbot does: the file is new, and the link in its live folder is turned.
        void Move(string name, int number)
        {
            foreach (var end in new[] { ".pem", ".key" })
            {
                File.Move(_issued.PathOf(name + end), Path.Combine(live, number + end + ".kept"));
                File.Delete(Path.Combine(live, "site" + end));
                File.CreateSymbolicLink(Path.Combine(live, "site" + end), Path.Combine(live, number + end + ".kept"));
            }
        }
    }

    [Fact]
    public void Folder_EmptyGoneOrNone_ServesOneThatWasMade()
    {
        var folder = Folder();
        folder.Choice.Default.Origin.ShouldBe(CertificateOrigin.Made);
        var made = folder.Choice.Default;
        _issued.Write("a", ["a.example.com"]);
        folder.Look();
        folder.Choice.Default.File.ShouldBe("a.pem");
        File.Delete(_issued.PathOf("a.pem"));
        folder.Look();
        folder.Choice.Default.ShouldBe(made);
        Shelves.Of(null).Choice.Default.Origin.ShouldBe(CertificateOrigin.Made);
        var away = Shelves.Of("/nowhere/at/all");
        away.Choice.Default.Origin.ShouldBe(CertificateOrigin.Made);
        away.Problems.ShouldHaveSingleItem().Sentence.ShouldContain("/nowhere/at/all");
    }

    private CertificateShelf Folder() => Shelves.Of(_issued.Folder);
}
