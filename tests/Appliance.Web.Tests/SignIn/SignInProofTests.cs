using Appliance.Data.Accounts;
using Appliance.Web.Hosting;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.DataProtection;

namespace Appliance.Web.Tests.SignIn;

public sealed class SignInProofTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-proof-").FullName;
    private readonly SignInProof _proof = new(new EphemeralDataProtectionProvider());
    private Node _node = null!; // InitializeAsync runs before each test

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);
        await _node.Accounts.AddFirstAsync("ann", "hash", CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        _node.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Read_OfAnotherStepOrAfterAChange_IsNothing()
    {
        var written = _proof.Write(await AnnAsync(), SignInStep.Code);
        var (account, step) = (await ReadAsync(written)).ShouldNotBeNull();
        (account.Name, step).ShouldBe(("ann", SignInStep.Code));
        (await ReadAsync("nonsense")).ShouldBeNull();
        (await ReadAsync(new SignInProof(new EphemeralDataProtectionProvider()).Write(account, SignInStep.NewPassword))).ShouldBeNull();
        await _node.People.ChangeOwnPasswordAsync(1, "other", null, "a", CancellationToken.None);
        (await ReadAsync(written)).ShouldBeNull();
    }

    [Fact]
    public void SetupField_OfAnotherAccount_IsNothing()
    {
        var setup = new SecondFactorSetup(new EphemeralDataProtectionProvider());
        var field = setup.Write(1, [1, 2, 3]);
        setup.Read(1, field).ShouldBe([1, 2, 3]);
        setup.Read(2, field).ShouldBeNull();
        setup.Read(1, "nonsense").ShouldBeNull();
        setup.Read(1, null).ShouldBeNull();
    }

    private async Task<Account> AnnAsync() => (await _node.Accounts.FindAsync(1, CancellationToken.None)).ShouldNotBeNull();

    private Task<(Account Account, SignInStep Step)?> ReadAsync(string written) =>
        _proof.ReadAsync(written, _node.Accounts, CancellationToken.None);
}
