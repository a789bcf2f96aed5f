using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Appliance.Web.Tests.Access;

/// <summary>A person with an account and a session of a running console.</summary>
internal sealed record Somebody(IServiceProvider Services, Account Account, string SessionId, string Cookie)
{
    private static readonly CancellationToken _none = CancellationToken.None;

    /// <summary>Somebody new. <paramref name="scope"/> is as it is written.</summary>
    public static async Task<Somebody> SignInAsync(IServiceProvider services, Role role, string scope = "", string? provider = null)
    {
        AccessScope.TryParse(scope, out var parsed, out var fault).ShouldBeTrue(fault);
        var name = role.ToString().ToLowerInvariant() + Guid.NewGuid().ToString("N")[..8];
        var account = provider is null
            ? (await services.GetRequiredService<PeopleStore>().AddAsync(name, "hash", role, parsed!, Actor.Local("test"), _none))
                .ShouldBeOfType<PeopleResult.Done>()
                .Account // parsed, or the line above fails
            : (
                await services
                    .GetRequiredService<AccountStore>()
                    .SignInExternalAsync(new(provider, name, "Company", name, role, parsed!), "192.0.2.1", _none)
            )
                .ShouldBeOfType<SignInResult.Welcome>()
                .Account; // parsed
        return await OnceMoreAsync(services, account, provider);
    }

    /// <summary>The same person in another browser.</summary>
    public Task<Somebody> OnceMoreAsync() => OnceMoreAsync(Services, Account, null);

    private static async Task<Somebody> OnceMoreAsync(IServiceProvider services, Account account, string? provider)
    {
        var session = await services
            .GetRequiredService<SessionStore>()
            .BeginAsync(account, new("127.0.0.1", "tests", provider, null, DateTime.UtcNow), _none);
        var options = services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Session.Scheme);
        return new(
            services,
            account,
            session.Id,
            $"{options.Cookie.Name}={options.TicketDataFormat.Protect(new(Session.Of(account, session.Id), Session.Scheme))}"
        );
    }
}
