using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>
/// Whom doors are tried by: <c>viewer</c>, <c>scoped</c>, <c>operator</c>, <c>administrator</c>; <c>ended</c> and <c>disabled</c> were
/// administrators.
/// </summary>
internal static class KindsOfPeople
{
    public static readonly string[] SignedIn = ["viewer", "scoped", "operator", "administrator"];

    public static readonly string[] Gone = ["ended", "disabled"];

    /// <summary>A new person of that kind.</summary>
    public static async Task<Somebody> MakeAsync(IServiceProvider services, string kind)
    {
        var who = kind switch
        {
            "viewer" => await Somebody.SignInAsync(services, Role.Viewer),
            "scoped" => await Somebody.SignInAsync(services, Role.Operator, "host:*.own.example.com"),
            "operator" => await Somebody.SignInAsync(services, Role.Operator),
            _ => await Somebody.SignInAsync(services, Role.Administrator),
        };
        await LeaveAsync(who, kind);
        return who;
    }

    /// <summary>Takes away what this kind of person does not have any more.</summary>
    public static async Task LeaveAsync(Somebody who, string kind)
    {
        var boss = Actor.Local("test");
        if (kind == "ended")
            (
                await who
                    .Services.GetRequiredService<SessionStore>()
                    .EndAsync(who.SessionId, null, boss, "session.end", CancellationToken.None)
            ).Ended.ShouldBe(1);
        else if (kind == "disabled")
            (
                await who.Services.GetRequiredService<PeopleStore>().DisableAsync(who.Account.Id, true, boss, CancellationToken.None)
            ).ShouldBeOfType<PeopleResult.Done>();
    }
}
